"""Stopping in order: no new request, what was sent may still be answered, the rest of the calls is given up."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache, partial

from policies.errors import WorkFailedError

STOPPED = "the run was stopped"


class StopRequestedError(WorkFailedError):
    """A call that is not made, or not waited for, because its process was asked to stop; a resumed run makes it."""


class Stop:
    """Whether a process was asked to stop, by which signal, and its calls that have to hear of it.

    `request` and `give_up` may be called from any thread and from a signal's handler: they take no lock. All else
    belongs to the calls' event loop.
    """

    def __init__(self) -> None:
        self.signal_number: int | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._calls: dict[asyncio.Task[object], bool] = {}  # whether a request of it is on the wire

    @property
    def is_requested(self) -> bool:
        """Whether no request may begin any more."""
        return self.signal_number is not None

    def reason(self) -> str | None:
        """Why no request may begin any more; None where one may."""
        return STOPPED if self.is_requested else None

    def request(self, signal_number: int, *, grace_s: float) -> None:
        """Let no request begin any more, end the calls that have none on the wire, and after `grace_s` give up."""
        self.signal_number = signal_number
        self._tell(partial(self._end_waiting, grace_s))

    def give_up(self) -> None:
        """After `request`: wait for no answer; the attempts under way stay without an outcome."""
        self._tell(self._end_all)

    def refuse_more(self) -> None:
        """Raise `StopRequestedError` where no request may begin any more."""
        if self.is_requested:
            raise StopRequestedError(STOPPED)

    @contextmanager
    def call(self) -> Iterator[None]:
        """Be a call for as long as the body takes; raises `StopRequestedError` where that is cut short."""
        self._loop = asyncio.get_running_loop()  # first: a request that comes now either finds it, or is seen below
        self.refuse_more()
        task = this_task()
        self._calls[task] = False
        try:
            yield
        except asyncio.CancelledError as error:
            self.refuse_more()
            raise error from None
        finally:
            del self._calls[task]

    @contextmanager
    def wire(self) -> Iterator[None]:
        """Have a request on the wire, from its intent to its outcome; raises `StopRequestedError` where it may not."""
        self.refuse_more()
        task = this_task()
        self._calls[task], was_known = True, task in self._calls
        try:
            yield
        finally:
            if was_known:
                self._calls[task] = False
            else:
                del self._calls[task]

    def _tell(self, end: Callable[[], None]) -> None:
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(end)

    def _end_waiting(self, grace_s: float) -> None:
        for task, is_on_wire in self._calls.items():
            if not is_on_wire:
                task.cancel()
        asyncio.get_running_loop().call_later(grace_s, self._end_all)

    def _end_all(self) -> None:
        for task in self._calls:
            task.cancel()


def this_task() -> asyncio.Task[object]:
    """The task that runs this."""
    task = asyncio.current_task()
    assert task is not None  # noqa: S101 # a coroutine on a loop runs in a task
    return task


@lru_cache(maxsize=1)
def process_stop() -> Stop:
    """The stop of this process; once it is requested, the process is about to end."""
    return Stop()
