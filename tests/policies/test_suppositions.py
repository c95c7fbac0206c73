"""Estimates of what a change of the rules would have changed, against worlds whose truth is known."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from policies.counterfactual import REFUSED, UNDECIDED, Supposed
from policies.logged_calls import Codes, LoggedCalls
from policies.logged_cases import Sources
from policies.suppositions import LEAST_EVIDENCE, Supposition, weigh
from policies.types import Catalogue, Request, Weights
from tests.policies.logs import log_of

N_EACH = 60


def no_weights(_: str) -> Weights:
    raise AssertionError("no decision names weights")


def world(
    request_of: Callable[..., Request], seed: int, *, models: tuple[str, ...] = ("middle", "large")
) -> LoggedCalls:
    """As many calls of each model, in turn: a call costs 1.5 times what is predicted, half more or less by chance."""
    rng = np.random.default_rng(seed)
    n = N_EACH * len(models)
    tokens = rng.integers(50, 2000, n)
    asked = [request_of(call_id=f"c-{i}", input_tokens=int(tokens[i])) for i in range(n)]
    rates = {"middle": (1e-6, 2e-6), "large": (1e-5, 3e-5), "secretive": (2e-6, 2e-6)}
    skill = {"middle": 0.5, "large": 0.8, "secretive": 0.6}

    def outcome(row: int) -> tuple[float, float, float]:
        name = models[row % len(models)]
        predicted = tokens[row] * rates[name][0] + 50 * rates[name][1]
        cost = predicted * 1.5 * rng.uniform(0.5, 1.5)
        return cost, float(rng.uniform() < skill[name]), rng.uniform(0.5, 1.5) * rates[name][0] * 1e6

    return log_of(asked, models=[models[i % len(models)] for i in range(n)], outcomes=outcome)


def move(toy: Catalogue, log: LoggedCalls, rows: Codes, models: tuple[str, ...], numbers: Codes) -> Supposition:
    """Weigh a supposition that is given."""
    return weigh(log, rows, Supposed(models, numbers, 0, 0, 0), Sources(lambda _: toy, no_weights))


def test_what_moves_is_compared_with_what_it_really_came_to(toy: Catalogue, request_of: Callable[..., Request]) -> None:
    log = world(request_of, 0)
    rows = np.arange(log.n_rows)
    told = move(toy, log, rows, ("large",), np.zeros(log.n_rows, np.int64))
    (moved,) = told.moves
    assert (moved.source, moved.target, moved.calls, moved.evidence) == ("middle", "large", N_EACH, N_EACH)
    assert (told.moved, told.without_evidence) == (N_EACH, 0)
    cost, quality, latency = told.changes
    assert cost.before == pytest.approx(np.sum(log.cost_usd[::2]))
    assert quality.before == pytest.approx(np.mean(log.quality[::2]))
    assert quality.after == pytest.approx(np.mean(log.quality[1::2]))
    assert latency.after == pytest.approx(np.mean(log.latency_s[1::2]))


def test_the_intervals_cover_the_truth_as_often_as_they_say(toy: Catalogue, request_of: Callable[..., Request]) -> None:
    n_worlds, covered = 150, np.zeros(2)
    for seed in range(n_worlds):
        log = world(request_of, seed)
        moved = np.arange(0, log.n_rows, 2)
        told = move(toy, log, moved, ("large",), np.zeros(len(moved), np.int64))
        rng = np.random.default_rng(10_000 + seed)
        predicted = log.input_tokens[moved] * 1e-5 + 50 * 3e-5
        cost = (predicted * 1.5 * rng.uniform(0.5, 1.5, len(moved))).sum() - log.cost_usd[moved].sum()
        quality = (rng.uniform(size=len(moved)) < 0.8).mean() - log.quality[moved].mean()
        for number, (change, truth) in enumerate(zip(told.changes, (cost, quality), strict=False)):
            assert change.low is not None
            assert change.high is not None
            covered[number] += change.low <= truth <= change.high
    assert ((covered / n_worlds > 0.89) & (covered / n_worlds < 0.995)).all(), covered / n_worlds


def test_a_model_that_the_log_has_no_call_of_is_no_evidence(toy: Catalogue, request_of: Callable[..., Request]) -> None:
    log = world(request_of, 0)
    numbers = np.where(np.arange(log.n_rows) < 10, 0, 1)
    told = move(toy, log, np.arange(log.n_rows), ("tiny", "middle"), numbers)
    assert (told.moved, told.without_evidence) == (10 + (log.n_rows - 10) // 2, 10)
    assert told.share_without_evidence == pytest.approx(10 / told.moved)
    assert [change.compared_calls for change in told.changes] == [told.moved - 10] * 3


def test_one_call_is_no_evidence_as_nothing_can_be_compared_with_it(
    toy: Catalogue, request_of: Callable[..., Request]
) -> None:
    asked = [request_of(call_id=f"c-{n}") for n in range(6)]
    for n_large in (1, LEAST_EVIDENCE):
        models = ["large"] * n_large + ["middle"] * (6 - n_large)
        log = log_of(asked, models=models, outcomes=lambda _: (0.1, 1.0, 1.0))
        told = move(toy, log, np.arange(6), ("large",), np.zeros(6, np.int64))
        n_moved = 6 - n_large
        is_enough = n_large >= LEAST_EVIDENCE
        assert (told.moved, told.without_evidence) == (n_moved, 0 if is_enough else n_moved)
        assert [change.compared_calls for change in told.changes] == [n_moved if is_enough else 0] * 3


def test_refused_and_undecided_calls_are_not_compared(toy: Catalogue, request_of: Callable[..., Request]) -> None:
    log = world(request_of, 0)
    numbers = np.where(np.arange(log.n_rows) < 10, REFUSED, UNDECIDED)
    told = move(toy, log, np.arange(log.n_rows), (), numbers)
    assert sum(one.calls for one in told.moves) == told.moved == 10
    assert {one.target for one in told.moves} == {None}
    assert [(change.compared_calls, change.change) for change in told.changes] == [(0, None)] * 3


def test_where_no_price_is_known_calls_count_alike(toy: Catalogue, request_of: Callable[..., Request]) -> None:
    log = world(request_of, 0, models=("middle", "secretive"))
    told = move(toy, log, np.arange(log.n_rows), ("secretive",), np.zeros(log.n_rows, np.int64))
    assert told.changes[0].after == pytest.approx(np.mean(log.cost_usd[1::2]) * N_EACH)


def test_a_few_equal_scores_are_not_certain(toy: Catalogue, request_of: Callable[..., Request]) -> None:
    asked = [request_of(call_id=f"c-{n}") for n in range(6)]
    log = log_of(asked, models=["middle", "large"] * 3, outcomes=lambda _: (0.1, 1.0, 1.0))
    quality = move(toy, log, np.arange(6), ("large",), np.zeros(6, np.int64)).changes[1]
    assert quality.change == 0
    assert quality.low is not None
    assert quality.low < -0.2


def test_nothing_moves_where_the_answer_is_the_same(toy: Catalogue, request_of: Callable[..., Request]) -> None:
    log = world(request_of, 0)
    numbers = np.arange(log.n_rows) % 2
    told = move(toy, log, np.arange(log.n_rows), ("middle", "large"), numbers)
    assert (told.moved, told.moves, told.share_without_evidence) == (0, (), None)
