"""Importing into a home of one's own, from the exports in `tests/exports` or from rows that a test makes."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tasks.imports.importing import import_calls
from tasks.imports.outcome import Summary
from tasks.imports.requests import CallRequest, UsageRequest
from tasks.imports.usage import import_usage
from tasks.settings import Settings
from warehouse.home import Home
from warehouse.query import query

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
EXPORTS = Path(__file__).parents[2] / "exports"
CATALOGUE = """\
models:
  - name: small
    deployments: [{litellm_model: openai/gpt-4o-mini}]
    price: {input: 1, output: 2}
    context_window: 4096
    max_output_tokens: 512
  - name: large
    deployments:
      - {name: large-azure, litellm_model: azure/gpt-4o}
      - {name: large-openai, litellm_model: openai/gpt-4o-2024-08-06}
    price: {input: 5, output: 10}
    context_window: 4096
    max_output_tokens: 512
"""
GOOD_CALL = {
    "request_id": "chatcmpl-1",
    "call_type": "acompletion",
    "spend": 0.000135,
    "prompt_tokens": 180,
    "completion_tokens": 80,
    "startTime": "2026-11-20T09:00:00Z",
    "endTime": "2026-11-20T09:00:01.500Z",
    "model": "gpt-4o-mini",
    "custom_llm_provider": "openai",
    "status": "success",
}


class Importer:
    """A home that exports are imported into."""

    def __init__(self, root: Path, **settings: str) -> None:
        (root / "catalog.yaml").write_text(CATALOGUE)
        self.root = root
        self.settings = Settings.model_validate({"home": root / "home", "catalog": root / "catalog.yaml", **settings})
        self.home = Home(root / "home")

    def calls(self, request: CallRequest, *, now: datetime = NOW) -> Summary:
        """Import an export of calls."""
        return import_calls(request, self.settings, now=now)

    def usage(self, request: UsageRequest, *, now: datetime = NOW) -> Summary:
        """Import an export of usage."""
        return import_usage(request, self.settings, now=now)

    def file(self, name: str, *rows: Mapping[str, object]) -> Path:
        """JSON lines of some rows."""
        path = self.root / name
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
        return path

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        """What a query of the warehouse returns."""
        return query(self.home, sql).rows


@pytest.fixture
def importer(tmp_path: Path, landed_home: Callable[[Path], Path]) -> Importer:
    """A home without facts."""
    landed_home(tmp_path / "home")
    return Importer(tmp_path)


@pytest.fixture
def empty_importer(tmp_path: Path) -> Importer:
    """A home that is not there yet."""
    return Importer(tmp_path)


@pytest.fixture
def make_importer(tmp_path: Path, landed_home: Callable[[Path], Path]) -> Callable[..., Importer]:
    """As `importer`, with other settings; its home is without facts each time."""

    def make(**settings: str) -> Importer:
        shutil.rmtree(tmp_path / "home", ignore_errors=True)
        landed_home(tmp_path / "home")
        return Importer(tmp_path, **settings)

    return make


def call(**changes: object) -> dict[str, object]:
    """A good row of LiteLLM's spend logs, with some fields changed; `...` leaves one out."""
    return {key: value for key, value in {**GOOD_CALL, **changes}.items() if value is not ...}
