"""The mart savings against synthetic worlds with known truth: intervals cover it, estimates have no bias."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.warehouse.marts.worlds import draw_world, facts_of

BASELINES = ("strongest", "cheapest", "random")
N_WORLDS = 60
# How the calls were logged: items of a run, and how often the favourite is taken for certain.
LOGGERS = {"uniform": (400, 0.0), "mostly greedy": (1500, 0.75)}


@pytest.fixture(scope="module", params=LOGGERS)
def estimated(request, make_ledger):
    """The rows of savings for many runs of one logger, with the worlds that they are about."""
    n_items, greedy_share = LOGGERS[request.param]
    worlds = {f"run-{n}": draw_world(n, n_items=n_items, greedy_share=greedy_share) for n in range(N_WORLDS)}
    ledger = make_ledger()
    ledger.fill(*(facts_of(world, run_id) for run_id, world in worlds.items()))
    return worlds, ledger.rows("SELECT * FROM savings ORDER BY run_id, baseline")


def test_intervals_of_savings_cover_the_truth_in_about_95_of_100_runs_and_nothing_is_biased(estimated) -> None:
    worlds, rows = estimated
    covered, errors = [], {baseline: [] for baseline in BASELINES}
    for row in rows:
        world, baseline = worlds[row["run_id"]], row["baseline"]
        assert float(row["spent_usd"]) == pytest.approx(world.spent, abs=1e-6)
        if row["cost_evidence"] == "randomised":
            truth = world.baseline_cost(baseline)
            covered.append(float(row["savings_low_usd"]) <= truth - world.spent <= float(row["savings_high_usd"]))
            errors[baseline].append(float(row["baseline_cost_usd"]) / truth - 1)
    assert len(covered) > 0.9 * len(rows)
    # Of the normal approximation's 95, skewed costs take one or two.
    assert 0.91 <= np.mean(covered) <= 0.98
    for some in errors.values():
        assert abs(np.mean(some)) < 4 * np.std(some) / np.sqrt(len(some))


def test_intervals_of_quality_cover_the_truth_in_about_95_of_100_runs_and_nothing_is_biased(estimated) -> None:
    worlds, rows = estimated
    covered, errors = [], {baseline: [] for baseline in BASELINES}
    for row in rows:
        if row["quality_evidence"] == "randomised":
            world, baseline = worlds[row["run_id"]], row["baseline"]
            truth = float(world.of_chosen(world.quality).mean()) - world.baseline_quality(baseline)
            covered.append(row["quality_difference_low"] <= truth <= row["quality_difference_high"])
            errors[baseline].append(row["quality_difference"] - truth)
    assert len(covered) > 0.9 * len(rows)
    # For random they are too wide, as what an item's answers have in common is left out.
    assert np.mean(covered) >= 0.93
    for some in errors.values():
        assert abs(np.mean(some)) < 4 * np.std(some) / np.sqrt(len(some))


def test_the_effective_sample_size_is_what_its_formula_says(estimated) -> None:
    worlds, rows = estimated
    for row in rows[:30]:
        world = worlds[row["run_id"]]
        p = world.of_chosen(world.probability)
        t = {"random": np.full(len(p), 0.25), "cheapest": world.chosen == 0, "strongest": world.chosen == 3}
        odds = t[row["baseline"]] * (1 - p) / p
        weights = odds * world.of_chosen(world.predicted_cost).round(9)
        assert row["cost_effective_calls"] == pytest.approx(weights.sum() ** 2 / (weights**2).sum())
        assert row["quality_effective_calls"] == pytest.approx(odds.sum() ** 2 / (odds**2).sum())


def test_predictions_that_are_right_up_to_a_factor_give_the_truth_without_an_error(ledger) -> None:
    world = draw_world(1, n_items=300, greedy_share=0.0)
    cost, quality = world.predicted_cost.round(9) * 0.5, world.predicted_quality - 0.25
    exact = replace(world, cost=cost, quality=quality, predicted_cost=world.predicted_cost.round(9))
    ledger.fill(facts_of(exact, "exact"))
    for row in ledger.rows("SELECT * FROM savings"):
        truth = exact.baseline_cost(str(row["baseline"]))
        assert float(row["baseline_cost_usd"]) == pytest.approx(truth, abs=1e-6)
        assert float(row["savings_high_usd"]) - float(row["savings_low_usd"]) < 2e-6
        assert row["baseline_quality"] == pytest.approx(exact.baseline_quality(str(row["baseline"])), abs=1e-5)


def test_predictions_that_are_far_off_widen_the_interval_and_do_not_move_the_estimate(ledger) -> None:
    world = draw_world(2, n_items=2000, greedy_share=0.5)
    useless = replace(world, predicted_cost=np.tile(np.array([0.1, 0.2, 0.3, 0.4]), (2000, 1)))
    ledger.fill(facts_of(world, "good"))
    ledger.fill(facts_of(useless, "useless"))
    rows = {row["run_id"]: row for row in ledger.rows("SELECT * FROM savings WHERE baseline = 'strongest'")}
    truth = world.baseline_cost("strongest") - world.spent
    widths = {}
    for run_id, row in rows.items():
        low, high = float(row["savings_low_usd"]), float(row["savings_high_usd"])
        assert low <= truth <= high
        widths[run_id] = high - low
    assert widths["useless"] > widths["good"]


def test_runs_are_estimated_each_by_itself(ledger) -> None:
    for n in range(2):
        ledger.fill(facts_of(draw_world(n, n_items=200, greedy_share=0.0), f"run-{n}"))
    together = ledger.rows("SELECT * FROM savings WHERE run_id = 'run-0' ORDER BY baseline")
    ledger.connection.execute("DELETE FROM attempts WHERE run_id = 'run-1'")
    ledger.fill({})
    alone = ledger.rows("SELECT * FROM savings ORDER BY baseline")
    for one, other in zip(together, alone, strict=True):
        assert {k: pytest.approx(v) if isinstance(v, float) else v for k, v in one.items()} == other
