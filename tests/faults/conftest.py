"""The processes of the fault tests, the shim where it can be built, and a home to be disturbed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.children import Nursery
from tests.faults.drills import Ground, prepare_ground
from tests.faults.shim import build_shim


@pytest.fixture(scope="session")
def shim(tmp_path_factory: pytest.TempPathFactory) -> Path | None:
    """The shim; None where there is no C compiler."""
    return build_shim(tmp_path_factory.mktemp("shim"))


@pytest.fixture(scope="session")
def processes(tmp_path_factory: pytest.TempPathFactory, shim: Path | None) -> Iterator[Nursery]:
    """Processes, with the shim preloaded if there is one."""
    with Nursery(tmp_path_factory.mktemp("nursery") / "log", shim=shim) as started:
        yield started


@pytest.fixture
def nursery(processes: Nursery, shim: Path | None) -> Nursery:
    """Processes with the shim preloaded; tests that need them are skipped where it can't be built."""
    if shim is None:
        pytest.skip("no C compiler (cc): a disk that fails at a chosen operation can't be shown here")
    return processes


@pytest.fixture(scope="session")
def prepared_ground(processes: Nursery, tmp_path_factory: pytest.TempPathFactory) -> Ground:
    """One prepared home for all tests."""
    return prepare_ground(tmp_path_factory.mktemp("ground"), processes)


@pytest.fixture
def ground(nursery: Nursery, prepared_ground: Ground) -> Ground:
    """A prepared home to be disturbed."""
    return prepared_ground
