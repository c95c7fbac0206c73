"""What holds for every test."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from tests.sharing_out import FileScheduling, in_order

# The first call of a function may import a library, and the machine may be busy: seconds say nothing here.
settings.register_profile("any machine", deadline=None)
settings.load_profile("any machine")
# Facts of tests are of fixed days, and are not to be stale on any later one.
os.environ.setdefault("POINTSMAN_WEIGHTS_TTL_DAYS", "36500")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items[:] = in_order(items)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling | None:
    return FileScheduling(config, log) if config.getvalue("dist") == "loadfile" else None


@pytest.fixture(scope="session")
def landed_home(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], Path]:
    """Makes a home with nothing but a ledger, which takes half a second of DuckDB's: once, and copied from there."""
    from warehouse.home import Home
    from warehouse.landing import land

    template = Home(tmp_path_factory.mktemp("landed") / "home")

    def copy(root: Path) -> Path:
        if not template.published.exists():
            land(template)
        return shutil.copytree(template.root, root)

    return copy
