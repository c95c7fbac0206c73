"""Fixtures of the model tests: one event loop for the session, deployments on loopback, a cache of their own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import TypeVar

import pytest

from tests.fakes.calls import KEY_VARIABLE

T = TypeVar("T")
CANARY = "sk-canary-7f3a9c51e8d2"


@pytest.fixture(scope="session")
def run() -> Iterator[Callable[[Coroutine[object, object, T]], T]]:
    """Run a coroutine on the session's loop."""
    with asyncio.Runner() as runner:
        yield runner.run


@pytest.fixture
def canary(monkeypatch: pytest.MonkeyPatch) -> str:
    """A key that must never be seen again."""
    monkeypatch.setenv(KEY_VARIABLE, CANARY)
    return CANARY


@pytest.fixture
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache folder."""
    monkeypatch.setenv("POINTSMAN_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"
