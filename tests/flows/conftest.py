"""One Prefect server for all the tests that run flows, in a process of its own, on loopback, with an empty database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

STARTUP_TIMEOUT_S = 180  # a machine that runs the rest of the tests meanwhile is slow to start it
QUIET = {
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_LOGGING_LEVEL": "WARNING",
}


@pytest.fixture(scope="session")
def prefect_server() -> Iterator[None]:
    """Starts once per session (~14 s); tests that ask for it are marked `prefect`."""
    with pytest.MonkeyPatch.context() as environment:
        for name, value in QUIET.items():
            environment.setenv(name, value)
        from prefect.testing.utilities import prefect_test_harness

        with prefect_test_harness(server_startup_timeout=STARTUP_TIMEOUT_S):
            yield


@pytest.fixture
def settings_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installation of one's own: the folder that the settings name as home, not made yet."""
    home = tmp_path / "home"
    monkeypatch.setenv("POINTSMAN_HOME", str(home))
    return home
