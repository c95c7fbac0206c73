"""A TCP address that leads to another one until it is shut: a server that goes away, without a server of its own."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from types import TracebackType


class Gate:
    """Listens on loopback and hands every connection on to a port there; a context manager."""

    def __init__(self, port: int) -> None:
        self._to = ("127.0.0.1", port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._serve, daemon=True)

    @property
    def port(self) -> int:
        return int(self._listener.getsockname()[1])

    def shut(self) -> None:
        """End every connection; from here on none is accepted."""
        with self._lock:
            ends, self._open = [self._listener, *self._open], []
        for end in ends:
            with suppress(OSError):  # the peer has gone before
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def _serve(self) -> None:
        with suppress(OSError):  # the listener is closed
            while True:
                near, _ = self._listener.accept()
                far = socket.create_connection(self._to)
                with self._lock:
                    self._open += [near, far]
                for one, other in ((near, far), (far, near)):
                    threading.Thread(target=hand_on, args=(one, other), daemon=True).start()

    def __enter__(self) -> Gate:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.shut()
        self._thread.join()


def hand_on(source: socket.socket, target: socket.socket) -> None:
    """Everything that comes, until an end is closed; then the other end hears of it."""
    with suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    with suppress(OSError):
        target.shutdown(socket.SHUT_RDWR)
