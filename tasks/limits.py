"""How many calls a deployment is sent at once and per minute, across all tasks of this process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiolimiter import AsyncLimiter

from policies.types import Deployment


class Limits:
    """The concurrency and requests-per-minute limits of every deployment; lives on one event loop."""

    def __init__(self) -> None:
        self._slots: dict[str, asyncio.Semaphore] = {}
        self._rates: dict[str, AsyncLimiter] = {}

    @asynccontextmanager
    async def slot(self, deployment: Deployment) -> AsyncIterator[None]:
        """Hold one of the deployment's slots, after its rate allows one more request."""
        slots = self._slots.setdefault(deployment.name, asyncio.Semaphore(deployment.concurrency))
        async with slots:
            if deployment.rpm is not None:
                await self._rates.setdefault(deployment.name, AsyncLimiter(deployment.rpm, 60)).acquire()
            yield
