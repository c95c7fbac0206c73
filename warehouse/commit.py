"""One group commit, as those see it who wait for it."""

from __future__ import annotations

import asyncio
from collections.abc import Generator
from concurrent.futures import Future
from contextlib import suppress


class Commit(Future[None]):
    """Resolves when a batch of records is durable: `result()` waits for it in a thread, `await` in an event loop.

    However many tasks of a loop wait for it, the loop is woken once, which `asyncio.wrap_future` would do for each.
    It runs from the beginning, and each task waits by itself, so that cancelling one can't cancel the others.
    """

    def __init__(self) -> None:
        super().__init__()
        self.set_running_or_notify_cancel()
        self._sleepers: dict[asyncio.AbstractEventLoop, list[asyncio.Future[None]]] = {}

    def __await__(self) -> Generator[asyncio.Future[None], None, None]:
        if not self.done():
            yield from self._sleeper().__await__()
        return self.result()

    def _sleeper(self) -> asyncio.Future[None]:
        """Another future of the running loop that ends with this one; only that loop's thread sees it."""
        loop = asyncio.get_running_loop()
        sleeper = loop.create_future()
        if loop in self._sleepers:
            self._sleepers[loop].append(sleeper)
        else:
            self._sleepers[loop] = [sleeper]
            self.add_done_callback(lambda _: self._wake(loop))
        return sleeper

    def _wake(self, loop: asyncio.AbstractEventLoop) -> None:
        with suppress(RuntimeError):  # of a loop that is closed: nobody waits there any more
            loop.call_soon_threadsafe(self._release, self._sleepers[loop])

    @staticmethod
    def _release(sleepers: list[asyncio.Future[None]]) -> None:
        for sleeper in sleepers:
            if not sleeper.done():
                sleeper.set_result(None)
