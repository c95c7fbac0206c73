"""Quality and cost of cascades are what simulated ones come to, and they gain where theory says so."""

from __future__ import annotations

import numpy as np
import pytest

from policies.cascade.expected import Check, both_right, chain, check_of, pair_up
from policies.cascade.theory import hull_of, lift_needed

N = 400_000


def check(right: float, wrong: float, *, cost_usd: float = 0.0) -> Check:
    return Check(np.array([right]), np.array([wrong]), cost_usd=cost_usd)


def simulate(a: float, b: float, right: float, wrong: float, correlation: float, *, seed: int) -> tuple[float, float]:
    """Mean quality, and share that escalates, of answers that are drawn one by one."""
    rng = np.random.default_rng(seed)
    both = float(both_right(np.array(a), np.array(b), correlation))
    first = rng.random(N) < a
    second = rng.random(N) < np.where(first, both / a, (b - both) / (1 - a))
    passes = rng.random(N) < np.where(first, right, wrong)
    return float(np.where(passes, first, second).mean()), float(1 - passes.mean())


@pytest.mark.parametrize("correlation", [0.0, 0.3, 0.9])
@pytest.mark.parametrize(("a", "b"), [(0.6, 0.8), (0.9, 0.7), (0.2, 0.95)])
@pytest.mark.parametrize(("right", "wrong"), [(0.9, 0.2), (1.0, 0.0), (0.5, 0.5), (0.7, 0.0)])
def test_what_is_expected_is_what_comes_out(a: float, b: float, right: float, wrong: float, correlation: float) -> None:
    expected = pair_up(
        np.array([a, b]), np.array([1.0, 10.0]), check(right, wrong, cost_usd=0.5),
        quality_se=np.zeros(2), correlation=correlation,
    )  # fmt: skip
    quality, escalating = simulate(a, b, right, wrong, correlation, seed=7)
    assert expected.quality[0, 1] == pytest.approx(quality, abs=4e-3)
    assert expected.escalation_rate[0, 1] == pytest.approx(escalating, abs=4e-3)
    assert expected.cost_usd[0, 1] == pytest.approx(1.5 + 10 * escalating, abs=4e-2)


def test_a_chain_of_two_is_a_pair_and_of_three_what_comes_out() -> None:
    checks = [check(0.9, 0.2, cost_usd=0.1), check(0.8, 0.1, cost_usd=0.2)]
    pair = pair_up(np.array([0.6, 0.8]), np.array([1.0, 4.0]), checks[0], quality_se=np.zeros(2))
    assert chain([0.6, 0.8], [1.0, 4.0], checks[:1]) == pytest.approx((pair.quality[0, 1], pair.cost_usd[0, 1]))
    rng = np.random.default_rng(3)
    right = rng.random((N, 3)) < [0.6, 0.8, 0.9]
    passes = [rng.random(N) < np.where(right[:, i], *rates) for i, rates in enumerate([(0.9, 0.2), (0.8, 0.1)])]
    answered = np.where(passes[0], right[:, 0], np.where(passes[1], right[:, 1], right[:, 2]))
    cost = 1.1 + ~passes[0] * (4.2 + ~passes[1] * 9.0)
    found = chain([0.6, 0.8, 0.9], [1.0, 4.0, 9.0], checks, correlation=0.0)
    assert found == pytest.approx((answered.mean(), cost.mean()), abs=2e-2)
    assert found[0] == pytest.approx(answered.mean(), abs=4e-3)


def test_a_model_alone_is_a_chain_and_a_check_that_passes_all_keeps_all() -> None:
    assert chain([0.6], [1.0], []) == (0.6, 1.0)
    assert chain([0.6, 0.9], [1.0, 9.0], [check(1.0, 1.0)]) == pytest.approx((0.6, 1.0))


@pytest.mark.parametrize("seed", range(200))
def test_a_cascade_beats_every_mixture_exactly_where_the_lift_is_enough(seed: int) -> None:
    rng = np.random.default_rng(seed)
    a, b = rng.random(2)
    cost = np.array([1.0, 1.0 + 20 * rng.random()])
    right, wrong = np.sort(rng.random(2))[::-1] if seed % 4 else rng.random(2)
    asked = check(right, wrong, cost_usd=rng.random() * (seed % 3))
    found = pair_up(np.array([a, b]), cost, asked, quality_se=np.zeros(2), correlation=rng.random() * 0.5)
    failing, quality = found.escalation_rate[0, 1], found.quality[0, 1]
    lift = (quality - a) / failing
    needed = lift_needed((a, b), (cost[0], cost[1]), escalation_rate=failing, check_usd=asked.cost_usd)
    hull = hull_of(np.array([a, b]), cost)
    is_above = quality > hull.quality_at(found.cost_usd[0, 1])
    if abs(lift - needed) > 1e-9 and (found.cost_usd[0, 1] <= cost[1] or b <= a):  # dearer than the second: told below
        assert is_above == (lift > needed)


def test_a_check_that_knows_nothing_never_beats_a_mixture() -> None:
    found = pair_up(np.array([0.6, 0.9]), np.array([1.0, 10.0]), check(0.7, 0.7), quality_se=np.zeros(2))
    assert found.quality[0, 1] < hull_of(np.array([0.6, 0.9]), np.array([1.0, 10.0])).quality_at(found.cost_usd[0, 1])


def test_the_standard_error_is_that_of_drawn_parameters() -> None:
    rng = np.random.default_rng(1)
    qualities = np.array([0.6, 0.8]) + rng.normal(0, [0.03, 0.05], (N // 10, 2))
    drawn = Check(rng.normal(0.9, 0.02, (N // 10, 1)), rng.normal(0.2, 0.04, (N // 10, 1)))
    spread = pair_up(qualities, np.ones(2), drawn, quality_se=np.zeros(2), correlation=0.0).quality[:, 0, 1].std()
    known = Check(np.array([0.9]), np.array([0.2]), np.array([0.02]), np.array([0.04]))
    told = pair_up(np.array([0.6, 0.8]), np.ones(2), known, quality_se=np.array([0.03, 0.05]), correlation=0.0)
    assert told.quality_se[0, 1] == pytest.approx(spread, rel=0.03)


def test_a_check_has_the_precision_and_recall_that_it_was_made_for() -> None:
    quality = np.array([0.3, 0.6])
    made = check_of(0.8, 0.7, quality)
    assert made.pass_right == pytest.approx(0.7)
    assert quality * made.pass_right / made.pass_rate(quality) == pytest.approx(0.8)
    assert check_of(0.2, 1.0, np.array([0.6])).pass_wrong == pytest.approx(1.0)  # no check is that bad


def test_the_hull_passes_over_the_dominated_and_the_unpriced() -> None:
    hull = hull_of(np.array([0.5, 0.4, 0.6, 0.9, 0.95]), np.array([1.0, 2.0, 5.0, 6.0, np.inf]))
    assert hull.cost_usd.tolist() == [1.0, 6.0]
    assert hull.quality_at(np.array([0.5, 1.0, 3.5, 60.0])).tolist() == [-np.inf, 0.5, 0.7, 0.9]


def test_a_model_without_a_price_costs_nothing_where_it_is_never_asked() -> None:
    sure = Check(np.ones(2), np.zeros(2))
    found = pair_up(np.array([1.0, 0.7]), np.array([0.001, np.inf]), sure, quality_se=np.zeros(2))
    assert found.cost_usd[0, 1] == 0.001
    assert found.cost_usd[1, 0] == np.inf
