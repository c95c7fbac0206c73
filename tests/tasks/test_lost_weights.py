"""A run whose weights are stale, or lost in the middle: the rules decide, and log, decision and report say why."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from flows.cli import app
from policies.types import CellMean
from policies.weights import weights_document, weights_version
from tasks.closing import close_run
from tasks.notices import say_once
from tasks.replaying import Library, replay_all
from tasks.run_context import open_run
from tests.fakes.installations import Installation, open_folder, run_chunks
from tests.fakes.provider import ScriptedProvider
from warehouse.evidence import decisions_of
from warehouse.landing import land
from warehouse.query import query
from warehouse.records import WeightsChanged
from warehouse.spool import Spool

Install = Callable[..., Installation]
JOB = """
name: ducks
input: {text_fields: [question]}
policy: performance
chunk_size: 4
steps:
  - name: answer
    kind: llm
    task_type: generate
    prompt: "Question: {{ item.question }}"
    max_output_tokens: 30
    timeout_s: 4
"""
CELLS = [
    CellMean("generate", name, 400, quality, 0.01, 0.001, 0.5) for name, quality in (("small", 0.2), ("large", 0.9))
]
DOCUMENT = weights_document(CELLS)
VERSION = weights_version(DOCUMENT)


def prepare(install: Install, base_url: str, *, learned_to: datetime) -> Installation:
    """Weights that prefer the large model, and rules that take the small one."""
    installation = install(base_url, job=JOB, n_items=8)
    (installation.folder / "rules.yaml").write_text("rules: []\ndefault: {use: {model: small}}\n")
    with Spool(installation.home.create()) as spool:
        record = WeightsChanged(
            VERSION, None, "live", DOCUMENT, learned_to, learned_to, 400, "{}", "[]", learned_to, learned_to
        )
        spool.append(record).result(10)
    land(installation.home)
    return installation


def decided(installation: Installation) -> list[tuple[object, ...]]:
    sql = "SELECT policy, model, weights_version, count(*) FROM decisions GROUP BY ALL ORDER BY ALL"
    return query(installation.home, sql).rows


def flat(*arguments: str) -> str:
    return " ".join(CliRunner().invoke(app, list(arguments)).output.split())


def test_stale_weights_do_not_route_and_it_is_said_everywhere(
    install: Install, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    say_once.cache_clear()
    stale = f"weights {VERSION} are stale: they learned from calls until 2025-11-25, over 10 days ago"
    problem = f"{stale}; the rules alone decide"
    with ScriptedProvider(default="ok:weeds") as provider:
        installation = prepare(install, provider.base_url, learned_to=datetime(2025, 11, 25, tzinfo=UTC))
        monkeypatch.setenv("POINTSMAN_WEIGHTS_TTL_DAYS", "10")
        assert f"warning: {problem}" in flat("plan", str(installation.job), "--input", str(installation.batch))
        run_chunks(run := open_folder(installation.request()))
        close_run.fn(run, {})
    land(installation.home)
    assert decided(installation) == [("rules", "small", None, 8)]
    assert [one.getMessage() for one in caplog.records if "stale" in one.getMessage()] == [problem]
    assert f"Not by the live weights: {problem}." in flat("report", "run-1")
    (call,) = query(installation.home, "SELECT call_id FROM calls LIMIT 1").rows[0]
    assert problem in flat("explain", str(call))
    assert {
        one.verdict for one in replay_all(decisions_of(installation.home, str(call)), Library(installation.home))
    } == {"same"}
    told = flat("route", "--text", "what do ducks eat", "--task-type", "generate", "--policy", "performance")
    assert f"warning: {problem}" in told
    assert "chosen: small" in told


def test_weights_within_their_time_route(install: Install, monkeypatch: pytest.MonkeyPatch) -> None:
    with ScriptedProvider(default="ok:weeds") as provider:
        installation = prepare(install, provider.base_url, learned_to=datetime(2025, 11, 25, tzinfo=UTC))
        run_chunks(run := open_folder(installation.request()))
        close_run.fn(run, {})
    land(installation.home)
    assert decided(installation) == [("performance", "large", VERSION, 8)]
    assert "Not by the live weights" not in flat("report", "run-1")


@pytest.mark.parametrize("damage", ["gone", "cut", "other"])
def test_a_run_that_lost_its_file_goes_on_by_the_ledger_s_copy(install: Install, damage: str) -> None:
    with ScriptedProvider(default="ok:weeds") as provider:
        installation = prepare(install, provider.base_url, learned_to=datetime(2026, 11, 25, tzinfo=UTC))
        run = open_folder(installation.request())
        run_chunks(run, chunks=[0])
        hurt(Path(run) / "weights.json", damage)
        open_run.cache_clear()
        run_chunks(run, chunks=[1])
        close_run.fn(run, {})
    land(installation.home)
    assert decided(installation) == [("performance", "large", VERSION, 8)]


def test_a_run_that_lost_both_goes_on_by_the_rules(install: Install) -> None:
    with ScriptedProvider(default="ok:weeds") as provider:
        installation = prepare(install, provider.base_url, learned_to=datetime(2026, 11, 25, tzinfo=UTC))
        run = open_folder(installation.request())
        run_chunks(run, chunks=[0])
        hurt(Path(run) / "weights.json", "cut")
        installation.home.published.unlink()
        open_run.cache_clear()
        run_chunks(run, chunks=[1])
        close_run.fn(run, {})
    land(installation.home)
    assert decided(installation) == [("performance", "large", VERSION, 4), ("rules", "small", None, 4)]
    assert f"Not by the live weights: weights {VERSION} are lost: the run's file of them can't be read" in flat(
        "report", "run-1"
    )


def hurt(file: Path, damage: str) -> None:
    match damage:
        case "gone":
            file.unlink()
        case "cut":
            file.write_text(DOCUMENT[:-20])
        case "other":
            file.write_text(DOCUMENT.replace("small", "tiny"))
