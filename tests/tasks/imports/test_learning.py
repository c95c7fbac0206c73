"""An installation that has only imported starts warm: its facts are sound, and weights are learned from them."""

from __future__ import annotations

from policies.weights import parse_weights
from tasks.imports.requests import CallRequest
from tests.tasks.imports.conftest import NOW
from warehouse.validation import failures, validate
from warehouse.weights import live_weights
from warehouse.weights_changes import settle_fit
from warehouse.weights_fit import fit_weights
from warehouse.weights_gate import judge_fit


def observation(n: int, *, model: str, score: float, cost: float) -> dict[str, object]:
    """A scored generation."""
    return {
        "id": f"obs-{model}-{n}",
        "traceId": f"trace-{model}-{n}",
        "type": "GENERATION",
        "name": "digest",
        "model": model,
        "startTime": f"2026-11-24T09:{n:02d}:00Z",
        "endTime": f"2026-11-24T09:{n:02d}:02Z",
        "usageDetails": {"input": 100, "output": 20, "total": 120},
        "totalCost": cost,
        "tags": ["summarize"],
        "scores": [{"id": f"s-{model}-{n}", "name": "faithful", "value": score, "source": "EVAL"}],
    }


def test_weights_are_learned_from_imported_scores_and_promoted_on_sound_facts(importer) -> None:
    rows = [observation(n, model="gpt-4o-mini", score=float(n % 2), cost=0.0001) for n in range(20)]
    rows += [observation(n, model="gpt-4o-2024-08-06", score=1.0, cost=0.002) for n in range(20)]
    importer.calls(CallRequest("langfuse", importer.file("obs.jsonl", *rows)))
    validated = validate(importer.home, ran_at=NOW, validation_id="v")
    assert failures(validated, critical=True) == ()
    fit = fit_weights(importer.home)
    change = settle_fit(importer.home, fit, judge_fit(fit, validated, min_calls=30), changed_at=NOW)
    assert change.verdict == "promoted"
    live = live_weights(importer.home)
    assert live is not None
    cells = {(cell.task_type, cell.model): cell for cell in parse_weights(live[1]).cells}
    small, large = cells["summarize", "small"], cells["summarize", "large"]
    assert small.n == large.n == 20
    assert small.quality < large.quality
    assert (small.cost_usd, large.cost_usd, small.latency_s) == (0.0001, 0.002, 2.0)


def test_the_marts_on_quality_and_cost_show_imported_calls(importer) -> None:
    rows = [observation(n, model="gpt-4o-mini", score=float(n % 2), cost=0.0001) for n in range(4)]
    importer.calls(CallRequest("langfuse", importer.file("obs.jsonl", *rows)))
    assert importer.rows("SELECT task_type, model, mean_quality FROM quality_by_task_model") == [
        ("summarize", "small", 0.5)
    ]
    assert importer.rows("SELECT model, attempts, cost_usd::DOUBLE FROM cost_by_model_day") == [("small", 4, 0.0004)]
    assert importer.rows("SELECT origin, requests FROM usage_by_model_day") == [("langfuse", 4)]
