"""Credit from the ledger: what a run's job says of it, final scores whenever they come, the same sums as in memory."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from policies.shrinkage import shrink_means
from policies.types import CellMean
from policies.weights import parse_weights
from tests.policies.credit_pipeline import MODELS, Log, cells_of, draw_log, draw_pipeline
from tests.warehouse.conftest import NOON, World
from warehouse.landing import land
from warehouse.query import query
from warehouse.records import StepCredit
from warehouse.weights_fit import fit_weights

CREDITS = (StepCredit("rewrite", "answer", 0.5), StepCredit("answer", "answer", 1.0))


def log_items(world: World, log: Log, *, first: int = 0, is_final_scored: bool = True) -> None:
    """Two calls an item: a scored rewrite, and an answer whose score is the final one."""
    records = []
    for item in range(len(log.own)):
        for place, step in enumerate(("rewrite", "answer")):
            n = 2 * (first + item) + place
            model = MODELS[log.models[step][item]]
            intent = replace(world.intent(n), item_id=f"item-{item}", step=step, task_type=step, model=model)
            score = (log.own, log.final)[place][item]
            records.append(world.outcome(intent))
            if not np.isnan(score) and (step == "rewrite" or is_final_scored):
                records.append(world.score(n, float(score)))
    world.append(*records)


def cells_by_key(cells: tuple[CellMean, ...]) -> dict[tuple[str, str], CellMean]:
    return {(cell.task_type, cell.model): cell for cell in cells}


def test_the_fit_is_that_of_the_same_log_in_memory(world) -> None:
    pipeline = draw_pipeline(3)
    log = draw_log(pipeline, 3, n=400)
    world.append(replace(world.run_started(), credits=CREDITS))
    log_items(world, log)
    land(world.home)
    found = cells_by_key(fit_weights(world.home).cells)
    expected = shrink_means(
        [cell for step in ("rewrite", "answer") for cell in cells_of(pipeline, log, step, "credit", weight=0.5)]
    )
    assert found.keys() == {(cell.task_type, cell.model) for cell in expected}
    for cell in expected:
        ours = found[cell.task_type, cell.model]
        assert (ours.n, ours.credit) == (cell.n, cell.credit)
        assert (ours.quality, ours.quality_se) == (pytest.approx(cell.quality), pytest.approx(cell.quality_se))
        assert ours.own_quality == pytest.approx(cell.own_quality)
        assert ours.cost_usd == pytest.approx(0.0002)


def test_a_final_score_that_comes_later_counts_at_the_next_fit(world) -> None:
    models = {"rewrite": np.array([0, 2] * 50), "answer": np.array([0, 0, 2, 2] * 25)}
    log = Log(models, np.ones(100), (models["rewrite"] == 2).astype(float))
    world.append(replace(world.run_started(), credits=CREDITS))
    log_items(world, log, is_final_scored=False)
    land(world.home)
    before = cells_by_key(fit_weights(world.home).cells)
    assert before["rewrite", "large"].quality == pytest.approx(before["rewrite", "small"].quality)
    assert before["rewrite", "large"].credit == 0
    world.append(*(world.score(2 * i + 1, float(log.final[i]), source="human", name="me") for i in range(100)))
    land(world.home)
    after = cells_by_key(fit_weights(world.home).cells)
    assert after["rewrite", "large"].quality - after["rewrite", "small"].quality > 0.4
    assert after["rewrite", "large"].credit == 0.5
    assert after["answer", "large"].quality == pytest.approx(after["answer", "small"].quality, abs=0.02)


def test_the_adopted_quality_of_a_call_stays_its_own(world) -> None:
    log = draw_log(draw_pipeline(1), 1, n=20)
    world.append(replace(world.run_started(), credits=CREDITS))
    log_items(world, log)
    land(world.home)
    seen = query(world.home, "SELECT avg(quality) FROM calls WHERE step = 'rewrite'").rows[0][0]
    assert seen == pytest.approx(log.own.mean())


def test_a_run_whose_job_credits_nothing_teaches_what_it_always_did(world) -> None:
    log = draw_log(draw_pipeline(1), 1, n=60)
    world.append(world.run_started())
    log_items(world, log)
    land(world.home)
    fit = fit_weights(world.home)
    assert '"credit"' not in fit.document
    rewrites = [log.own[log.models["rewrite"] == number] for number in range(3)]
    assert sum(cell.n for cell in fit.cells if cell.task_type == "rewrite") == sum(map(len, rewrites))


def test_calls_of_other_jobs_count_beside_the_credited_ones(world) -> None:
    log = draw_log(draw_pipeline(1), 1, n=60)
    world.append(replace(world.run_started(), credits=CREDITS))
    log_items(world, log)
    intents = [replace(world.intent(n, run_id="run-2"), step="say", task_type="rewrite") for n in range(1000, 1030)]
    world.append(world.run_started(run_id="run-2"), *(world.outcome(intent) for intent in intents))
    world.append(*(world.score(n, 1.0) for n in range(1000, 1030)))
    land(world.home)
    cell = parse_weights(fit_weights(world.home).document).cell("rewrite", "small")
    n = int((log.models["rewrite"] == 0).sum())
    assert cell is not None
    assert (cell.n, cell.credit) == (n + 30, pytest.approx(0.5 * n / (n + 30)))


def test_a_run_that_is_resumed_is_credited_once(world) -> None:
    log = draw_log(draw_pipeline(1), 1, n=60)
    for minute in (0, 5):
        started = world.run_started(started_at=NOON + timedelta(minutes=minute))
        world.append(replace(started, credits=CREDITS))
    log_items(world, log)
    land(world.home)
    assert sum(cell.n for cell in fit_weights(world.home).cells if cell.task_type == "rewrite") == 60
