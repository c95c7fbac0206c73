"""The processes of the fault tests, and the shim where it can be built."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.children import Nursery
from tests.faults.shim import build_shim


@pytest.fixture(scope="session")
def shim(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shim; tests that need it are skipped where there is no C compiler."""
    library = build_shim(tmp_path_factory.mktemp("shim"))
    if library is None:
        pytest.skip("no C compiler (cc): a disk that fails at a chosen operation can't be shown here")
    return library


@pytest.fixture(scope="module")
def nursery(tmp_path_factory: pytest.TempPathFactory, shim: Path) -> Iterator[Nursery]:
    """Processes with the shim preloaded."""
    with Nursery(tmp_path_factory.mktemp("nursery") / "log", shim=shim) as started:
        yield started
