"""Where a process makes its records durable before DuckDB has them: group commit into segments of JSON lines."""

from __future__ import annotations

import atexit
import os
import threading
import time
from collections.abc import Callable
from types import TracebackType

from policies.errors import WorkFailedError
from warehouse.commit import Commit
from warehouse.home import Home
from warehouse.open_segment import OpenSegment
from warehouse.records import Record
from warehouse.segments import encode

MAX_SEGMENT_BYTES = 16 * 1024 * 1024
MAX_SEGMENT_AGE_S = 5.0


class Spool:
    """One process's way into the ledger; safe to use from several threads and event loops.

    A background thread writes whatever has come in since its last write at once, with one fsync. Nothing touches the
    disk before the first record. Segments are sealed by size, by age, by `seal` and on closing. `clean` sees every line
    before anything else does, and may change it.
    """

    def __init__(
        self,
        home: Home,
        *,
        process_name: str = "",
        max_segment_bytes: int = MAX_SEGMENT_BYTES,
        max_segment_age_s: float = MAX_SEGMENT_AGE_S,
        clean: Callable[[bytes], bytes] = bytes,
    ) -> None:
        self._home, self._process_name, self._pid = home, process_name, os.getpid()
        self._max_bytes, self._max_age_s = max_segment_bytes, max_segment_age_s
        self._clean = clean
        self._condition = threading.Condition()
        self._lines: list[bytes] = []
        self._batch = Commit()
        self._is_commit_wanted = self._is_seal_wanted = self._is_closed = False
        self._segment: OpenSegment | None = None
        self._thread = threading.Thread(target=self._write_until_closed, name="pointsman-spool", daemon=True)
        self._thread.start()
        atexit.register(self.close)

    def append(self, *records: Record) -> Commit:
        """Hand over records, durable in this order when the commit resolves; all of a batch share it.

        It raises `WorkFailedError` if the disk refuses: nothing of its batch may then be taken as written.
        Raises `BadInputError` at once for a score outside [0, 1].
        """
        lines = [self._clean(encode(record)) for record in records]
        if self._pid != os.getpid():  # a fork has neither the thread nor a usable lock
            return failed("the spool belongs to the parent process")
        with self._condition:
            if self._is_closed:
                return failed("the spool is closed")
            self._lines += lines
            self._is_commit_wanted = True  # of no records at all, too: the commit has to resolve
            self._condition.notify()
            return self._batch

    def seal(self) -> None:
        """Make what was appended before this call durable, and its segment ready to land; raises `WorkFailedError`."""
        with self._condition:
            if self._is_closed:
                return
            self._is_seal_wanted = self._is_commit_wanted = True
            self._condition.notify()
            batch = self._batch
        batch.result()

    def close(self) -> None:
        """Write what is waiting, seal, and stop; a second call does nothing."""
        atexit.unregister(self.close)
        if self._pid != os.getpid():
            return
        with self._condition:
            self._is_closed = True
            self._condition.notify()
        self._thread.join()

    def __enter__(self) -> Spool:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _write_until_closed(self) -> None:
        is_closing = False
        while not is_closing:
            with self._condition:
                while not (self._is_commit_wanted or self._is_closed or self._rest_s() == 0.0):
                    self._condition.wait(self._rest_s())
                lines, self._lines = self._lines, []
                batch, self._batch = self._batch, Commit()
                is_sealing = self._is_seal_wanted
                self._is_commit_wanted = self._is_seal_wanted = False
                is_closing = self._is_closed
            self._commit(lines, batch, is_sealing=is_sealing or is_closing)

    def _commit(self, lines: list[bytes], batch: Commit, *, is_sealing: bool) -> None:
        try:
            if lines:
                if self._segment is None:
                    self._segment = OpenSegment(self._home, process_name=self._process_name)
                self._segment.write(b"".join(lines))
            if self._segment is not None and (is_sealing or self._is_due(self._segment)):
                segment, self._segment = self._segment, None
                segment.seal()
        except (OSError, MemoryError) as error:
            self._drop_segment()
            batch.set_exception(WorkFailedError(f"{self._home.spool}: records can't be made durable: {error}"))
        else:
            batch.set_result(None)

    def _drop_segment(self) -> None:
        """Leave a segment that failed: what was acknowledged in it is landed as from an abandoned one."""
        if self._segment is not None:
            self._segment.abandon()
            self._segment = None

    def _is_due(self, segment: OpenSegment) -> bool:
        return segment.n_bytes >= self._max_bytes or self._rest_s() == 0.0

    def _rest_s(self) -> float | None:
        """Seconds until the open segment's age is reached, or None without one."""
        if self._segment is None:
            return None
        return max(0.0, self._segment.opened_s + self._max_age_s - time.monotonic())


def failed(problem: str) -> Commit:
    """A commit that raises at once."""
    commit = Commit()
    commit.set_exception(WorkFailedError(problem))
    return commit
