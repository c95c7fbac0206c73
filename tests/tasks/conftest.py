"""An installation of one's own, with a key for its provider."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.fakes.calls import KEY_VARIABLE
from tests.fakes.installations import JOB, Installation, variables_of, write_installation

NOWHERE = "http://127.0.0.1:9/v1"


@pytest.fixture
def install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, landed_home: Callable[[Path], Path]
) -> Callable[..., Installation]:
    """Write an installation whose provider is at `base_url`, and make it the settings' own; its home has no facts."""

    def write(base_url: str = NOWHERE, *, job: str = JOB, n_items: int = 8) -> Installation:
        for name, value in {**variables_of(tmp_path), KEY_VARIABLE: "sk-test"}.items():
            monkeypatch.setenv(name, value)
        landed_home(tmp_path / "home")
        return write_installation(tmp_path, base_url=base_url, job=job, n_items=n_items)

    return write
