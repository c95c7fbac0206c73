"""One event loop per process for LiteLLM, in a thread of its own.

LiteLLM caches HTTP clients and a logging worker per event loop, and both complain or leak when a process has several
loops in turn (`asyncio.run` per task, say). So every call hops to this one, which is closed in order at exit.
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import threading
from collections.abc import Coroutine
from typing import TypeVar

T = TypeVar("T")
CLOSE_TIMEOUT_S = 5.0
FLUSH_TIMEOUT_S = 1.0  # its log goes nowhere, but what is queued must be ended in order


class LoopThread:
    """A daemon thread that runs one event loop, started by the first use."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    async def run(self, work: Coroutine[object, object, T]) -> T:
        """Await `work` on the other loop; cancelling here cancels it there."""
        if asyncio.get_running_loop() is self._loop:
            return await work
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self.start()))

    def start(self) -> asyncio.AbstractEventLoop:
        """The running loop."""
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._thread = threading.Thread(target=self._loop.run_forever, name="litellm-loop", daemon=True)
                self._thread.start()
                self.close_at_exit()
            return self._loop

    def close_at_exit(self) -> None:
        """Be the first thing that ends with the process, before what was registered up to now.

        To be called again after LiteLLM's import: its own exit hook would run the logging that is still queued on this
        loop a second time.
        """
        atexit.unregister(self.close)
        atexit.register(self.close)

    def close(self) -> None:
        """Cancel what is under way, close LiteLLM's connections, stop the thread."""
        with self._lock:
            loop, thread = self._loop, self._thread
            self._loop = self._thread = None
        if loop is None or thread is None:
            return
        try:
            asyncio.run_coroutine_threadsafe(_wind_down(), loop).result(CLOSE_TIMEOUT_S)
        except TimeoutError:
            return  # a daemon thread does not keep the process alive
        loop.call_soon_threadsafe(loop.stop)
        thread.join(CLOSE_TIMEOUT_S)
        loop.close()


async def _wind_down() -> None:
    from tasks.models.litellm_setup import loaded_litellm

    if (litellm := loaded_litellm()) is not None:
        from litellm.litellm_core_utils.logging_worker import GLOBAL_LOGGING_WORKER

        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(GLOBAL_LOGGING_WORKER.flush(), FLUSH_TIMEOUT_S)
        await GLOBAL_LOGGING_WORKER.stop(discard_pending=True, timeout=FLUSH_TIMEOUT_S)
        await litellm.close_litellm_async_clients()
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    # Not the default executor: to shut it down starts a thread, which Python from 3.12 on refuses at exit. Closing the
    # loop tells its idle threads to end.
    await asyncio.get_running_loop().shutdown_asyncgens()


LITELLM_LOOP = LoopThread()
