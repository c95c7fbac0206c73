"""On a pipeline with known truth, what is learned with credit allocates better than what own scores say."""

from __future__ import annotations

import numpy as np
import pytest

from tests.policies.credit_pipeline import WEIGHT, Learned, draw_log, draw_pipeline, lead_of, learn, reached

SEEDS = range(30)
HOWS: tuple[Learned, ...] = ("own scores", "plain average", "credit", "truth")


@pytest.fixture(scope="module")
def qualities() -> dict[Learned, np.ndarray]:
    """The true final quality that each way to learn reaches at the same budget, seed by seed."""
    found: dict[Learned, list[float]] = {how: [] for how in HOWS}
    for seed in SEEDS:
        pipeline = draw_pipeline(seed)
        log = draw_log(pipeline, seed)
        for how in HOWS:
            found[how].append(reached(pipeline, learn(pipeline, log, how)))
    return {how: np.array(some) for how, some in found.items()}


def lower_bound(differences: np.ndarray) -> float:
    """Of the one-sided 97.5 % interval of the mean."""
    return float(differences.mean() - 2.045 * differences.std(ddof=1) / np.sqrt(len(differences)))


def test_the_allocation_is_better_than_by_own_scores(qualities) -> None:
    assert lower_bound(qualities["credit"] - qualities["own scores"]) > 0


def test_and_better_than_by_the_plain_average_of_final_scores(qualities) -> None:
    assert qualities["credit"].mean() > qualities["plain average"].mean()
    assert lower_bound(qualities["credit"] - qualities["plain average"]) > 0


def test_it_is_near_what_the_truth_would_reach(qualities) -> None:
    assert qualities["truth"].mean() - qualities["credit"].mean() < 0.02
    assert qualities["truth"].mean() - qualities["own scores"].mean() > 0.02


def test_the_plain_average_pays_the_large_model_twice_where_one_rule_picks_it_for_both_steps() -> None:
    plain, credited = [], []
    for seed in SEEDS:
        pipeline = draw_pipeline(seed)
        log = draw_log(pipeline, seed)
        truth = lead_of(learn(pipeline, log, "truth"), "rewrite")
        plain.append(lead_of(learn(pipeline, log, "plain average"), "rewrite") - truth)
        credited.append(lead_of(learn(pipeline, log, "credit"), "rewrite") - truth)
    assert np.mean(plain) > 0.05
    assert abs(np.mean(credited)) < 0.02


def test_half_of_the_credit_is_between_none_and_all_of_it() -> None:
    pipeline = draw_pipeline(2)
    log = draw_log(pipeline, 2)
    leads = [lead_of(learn(pipeline, log, "credit", weight=weight), "rewrite") for weight in (1e-9, 0.5, WEIGHT)]
    assert leads == sorted(leads)
    assert leads[0] == pytest.approx(lead_of(learn(pipeline, log, "own scores"), "rewrite"), abs=0.01)
