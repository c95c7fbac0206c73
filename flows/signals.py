"""What SIGINT (Ctrl-C) and SIGTERM do: a run under way stops in order, any other command ends at once."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn, TypeAlias

from policies.errors import PointsmanError, WorkFailedError
from tasks.stopping import Stop, process_stop

Handler: TypeAlias = Callable[[int, FrameType | None], object]

# How long answers to what was sent are waited for: a person can press again, a supervisor kills after ten seconds.
GRACE_S: Mapping[int, float] = {signal.SIGINT: 30.0, signal.SIGTERM: 5.0}
EXIT_S = 5.0


class SignalledError(BaseException):
    """A signal that ends a command; not for those who catch errors, nor for Typer, which is silent on Ctrl-C."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.exit_code = exit_code_of(number)
        super().__init__(f"stopped by {signal.Signals(number).name}")


class RunInterruptedError(WorkFailedError):
    """A run that a signal stopped in order; the command exits as shells expect, with 128 and the signal's number."""

    def __init__(self, command: str, signal_number: int) -> None:
        self.exit_code = exit_code_of(signal_number)
        super().__init__(f"stopped by {signal.Signals(signal_number).name}; `{command}` goes on")


def exit_code_of(signal_number: int) -> int:
    """The exit code of a process that a signal ended, as shells have it."""
    return 128 + signal_number


@contextmanager
def installed(handlers: Mapping[int, Handler]) -> Iterator[None]:
    """Handle signals while the body runs; only the main thread can, so elsewhere nothing changes."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def endable() -> Iterator[None]:
    """Let SIGINT and SIGTERM raise `SignalledError`, so that what a command has started is ended with it.

    A second signal ends the process at once: DuckDB misses one that comes as a query begins.
    """
    received: list[int] = []

    def end(number: int, _frame: FrameType | None) -> NoReturn:
        received.append(number)
        for each in GRACE_S:
            signal.signal(each, signal.SIG_DFL)
        raise SignalledError(number)

    with installed(dict.fromkeys(GRACE_S, end)):
        try:
            yield
        except RuntimeError as error:  # what DuckDB makes of an error that a signal raises in the midst of a query
            if not received or str(error) != "Query interrupted":
                raise
            raise SignalledError(received[-1]) from None


@contextmanager
def heeded(stop: Stop) -> Iterator[None]:
    """Let the first signal request a stop, a second one wait for no answer, and a third end the process at once.

    Without a second one, answers are waited for as long as `GRACE_S` says.
    """
    n_received = 0

    def heed(number: int, _frame: FrameType | None) -> None:
        nonlocal n_received
        n_received += 1
        if n_received == 1:
            stop.request(number, grace_s=GRACE_S[number])
        elif n_received == 2:
            stop.give_up()
        else:
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)

    with installed(dict.fromkeys(GRACE_S, heed)):
        yield


@contextmanager
def resumed_by(command: str) -> Iterator[None]:
    """Tell in one line how a run goes on that a signal stopped, whatever Prefect made of the signal."""
    try:
        yield
    except BaseException as error:
        number = process_stop().signal_number
        if number is not None and not isinstance(error, PointsmanError):
            end_soon(exit_code_of(number))
            raise RunInterruptedError(command, number) from None
        if isinstance(error, SignalledError):  # before the first call, or after the last
            end_soon(error.exit_code)
        raise


def end_soon(code: int) -> None:
    """End this process in `EXIT_S` at the latest: all is written down, and only Prefect still looks for its server."""

    def end() -> None:
        time.sleep(EXIT_S)
        os._exit(code)

    threading.Thread(target=end, daemon=True).start()
