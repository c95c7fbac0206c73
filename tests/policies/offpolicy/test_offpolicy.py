"""Off-policy estimates against worlds in which the truth is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from policies.gate.evidence import Evidence, weigh_trial
from policies.gate.trial import Trial
from policies.offpolicy.direct import cross_fit
from policies.offpolicy.estimate import clip_of, estimate
from policies.offpolicy.log import Log, seen_rates
from policies.offpolicy.sums import N_GROUPS, sum_up
from tests.policies.offpolicy.worlds import best_policy, make_log, make_world, one_hot

ESTIMATORS = ("ips", "snips", "dr")


def summed(logged, policy, clip=None):
    log, target = logged.log, policy[logged.task]
    return sum_up(log, target, cross_fit(log, logged.task), clip=clip_of(len(log)) if clip is None else clip)


def compared(log: Log, task, ours, theirs) -> Evidence:
    """Two policies held against each other on a log, as the gate does it."""
    nothing = np.zeros(len(log))
    return weigh_trial(
        Trial(
            chosen=log.chosen,
            propensity=log.propensity,
            is_possible=log.is_possible,
            item=log.item,
            task=task,
            is_drawn=np.ones(len(log), bool),
            quality=log.outcome,
            cost_usd=nothing,
            latency_s=nothing,
            price=nothing,
            candidate=ours,
            other=theirs,
        ),
        seed=0,
    )


def tiny(**changes) -> Log:
    """Two decisions between two models, drawn with one half each."""
    base = Log(
        chosen=np.array([0, 1]),
        propensity=np.array([0.5, 0.5]),
        is_possible=np.ones((2, 2), bool),
        outcome=np.array([1.0, 0.0]),
        seen_rate=np.ones(2),
        item=np.array([0, 1]),
    )
    return replace(base, **changes)


def test_the_logging_policy_itself_is_worth_the_mean_of_its_log() -> None:
    logged = make_log(make_world(1), 500, seed=1)
    sums = sum_up(logged.log, logged.probabilities, cross_fit(logged.log, logged.task), clip=np.inf)
    for estimator in ("ips", "snips"):
        assert estimate(sums, estimator, seed=0).value == pytest.approx(logged.log.outcome.mean(), abs=1e-12)
    assert estimate(sums, "snips", seed=0).effective_n == pytest.approx(500)


def test_by_hand() -> None:
    always_first = np.array([[1.0, 0.0], [1.0, 0.0]])
    sums = sum_up(tiny(), always_first, np.full((2, 2), 0.25), clip=10)
    assert estimate(sums, "ips", seed=0).value == pytest.approx((2 * 1) / 2)
    assert estimate(sums, "snips", seed=0).value == pytest.approx(1.0)
    assert estimate(sums, "dr", seed=0).value == pytest.approx((0.25 + 2 * 0.75 + 0.25) / 2)
    found = estimate(sums, "dr", seed=0)
    assert (found.n, found.effective_n, found.low) == (2, 1.0, None), "two items say nothing of how items vary"


@pytest.mark.parametrize("kind", [{}, {"calls_per_item": 8}, {"is_scored_partly": True}])
def test_intervals_hold_the_truth(kind) -> None:
    """16 worlds: at 95 % fewer than 12 hits have a chance of 1 in 1,000. The whole proof is the benchmark's."""
    hits = dict.fromkeys(ESTIMATORS, 0)
    for seed in range(16):
        world = make_world(seed)
        policy = best_policy(world)
        sums = summed(make_log(world, 1_200, seed=seed, **kind), policy)
        for estimator in ESTIMATORS:
            found = estimate(sums, estimator, seed=seed)
            hits[estimator] += found.low <= world.worth(policy) <= found.high
    assert min(hits.values()) >= 12


def test_scores_that_are_missing_more_often_of_one_model_tilt_nothing() -> None:
    """What counts is the mean over worlds: without the rates it is off by more than three of its errors."""
    errors, naive = [], []
    for seed in range(24):
        world = make_world(seed)
        policy = np.full((5, 4), 0.25)
        logged = make_log(world, 2_000, seed=seed, is_scored_partly=True)
        errors.append(estimate(summed(logged, policy), "snips", seed=0).value - world.worth(policy))
        bare = replace(logged, log=replace(logged.log, seen_rate=np.ones(2_000)))
        naive.append(estimate(summed(bare, policy), "snips", seed=0).value - world.worth(policy))
    error = np.std(errors) / np.sqrt(24)
    assert abs(np.mean(errors)) < 3 * error
    assert abs(np.mean(naive)) > 3 * error


def test_decisions_that_never_could_have_gone_there_are_no_evidence() -> None:
    logged = make_log(make_world(3), 1_000, seed=3)
    is_drawn = np.arange(1_000) < 400
    only_chosen = np.eye(4, dtype=bool)[logged.log.chosen]
    log = replace(
        logged.log,
        propensity=np.where(is_drawn, logged.log.propensity, 1.0),
        is_possible=np.where(is_drawn[:, None], True, only_chosen),
    )
    policy = one_hot(np.array([3, 3, 3, 3, 3]))[logged.task]
    found = estimate(sum_up(log, policy, np.full((1_000, 4), 0.5), clip=30), "dr", seed=0)
    agreeing = int((log.chosen[400:] == 3).sum())
    assert (found.n, found.n_blind) == (400 + agreeing, 600 - agreeing)


def test_a_log_without_any_chance_is_no_evidence_at_all() -> None:
    log = tiny(propensity=np.ones(2), is_possible=np.eye(2, dtype=bool))
    other = np.array([[0.0, 1.0], [1.0, 0.0]])
    found = estimate(sum_up(log, other, np.ones((2, 2)), clip=1), "dr", seed=0)
    assert (found.value, found.low, found.high, found.n, found.n_blind) == (None, None, None, 0, 2)
    both = compared(log, np.zeros(2, np.int64), other, np.eye(2))
    assert both.quality.change is None
    assert (both.moved_share, both.blind_share, both.effective_n) == (1.0, 1.0, 0.0)


def test_a_policy_is_worth_nothing_more_than_itself() -> None:
    logged = make_log(make_world(4), 600, seed=4)
    policy = best_policy(make_world(4))[logged.task]
    found = compared(logged.log, logged.task, policy, policy)
    assert (found.quality.change, found.quality.low, found.quality.high) == (0.0, 0.0, 0.0)
    assert (found.moved_share, found.effective_n) == (0.0, 0.0)


def test_what_both_would_do_alike_narrows_the_difference() -> None:
    world = make_world(5)
    logged = make_log(world, 4_000, seed=5)
    ours, theirs = best_policy(world), best_policy(world)
    theirs[0] = np.roll(theirs[0], 1)  # of five task types they differ in one
    found = compared(logged.log, logged.task, ours[logged.task], theirs[logged.task])
    assert found.quality.low <= world.worth(ours) - world.worth(theirs) <= found.quality.high
    alone = estimate(summed(logged, ours), "dr", seed=0)
    assert found.quality.high - found.quality.low < 0.8 * (alone.high - alone.low)
    assert found.moved_share == pytest.approx((logged.task == 0).mean())
    assert 0 < found.effective_n < (logged.task == 0).sum()


def test_clipped_weights_are_told() -> None:
    log = tiny(propensity=np.array([0.01, 0.5]))
    found = estimate(sum_up(log, np.array([[1.0, 0.0], [1.0, 0.0]]), np.zeros((2, 2)), clip=4), "ips", seed=0)
    assert (found.clipped_share, found.value) == (0.5, 4 * 1.0 / 2)


def test_sums_of_parts_add_up_and_the_same_seed_gives_the_same_interval() -> None:
    logged = make_log(make_world(6), 900, seed=6)
    policy = best_policy(make_world(6))[logged.task]
    predicted, log = cross_fit(logged.log, logged.task), logged.log
    whole = sum_up(log, policy, predicted, clip=5)
    parts = [sum_up(log.at(rows), policy[rows], predicted[rows], clip=5) for rows in (slice(0, 250), slice(250, 900))]
    joined = parts[0] + parts[1]
    for name in whole.__slots__:
        np.testing.assert_allclose(getattr(joined, name), getattr(whole, name), atol=1e-9)
    assert estimate(whole, "dr", seed=1) == estimate(whole, "dr", seed=1)
    assert len(whole.n) == N_GROUPS


def test_a_row_is_never_predicted_from_its_own_item() -> None:
    logged = make_log(make_world(7), 400, seed=7, calls_per_item=4)
    before = cross_fit(logged.log, logged.task)
    outcome = logged.log.outcome.copy()
    outcome[8:12] = 1 - outcome[8:12]
    after = cross_fit(replace(logged.log, outcome=outcome), logged.task)
    np.testing.assert_array_equal(after[8:12], before[8:12])
    assert (after != before).any()


def test_seen_rates_are_of_the_cell() -> None:
    rates = seen_rates(np.array([0, 0, 1, 2]), np.array([True, False, True, False]))
    assert rates.tolist() == [0.5, 0.5, 1.0, 1.0]


@pytest.mark.parametrize(
    "changes",
    [
        {"propensity": np.array([0.0, 0.5])},
        {"propensity": np.array([0.5, np.nan])},
        {"seen_rate": np.array([1.0, 1.5])},
        {"item": np.array([0])},
        {"is_possible": np.zeros((2, 2), bool)},
    ],
)
def test_an_impossible_log_is_refused(changes) -> None:
    with pytest.raises(ValueError, match=r"lie in|has a row|no chance"):
        tiny(**changes)
