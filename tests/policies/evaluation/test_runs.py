"""Runs of one batch beside each other: sums, paired differences, and the field's headline figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

import pytest

from policies.evaluation.answered import Answered
from policies.evaluation.run_headline import RunHeadline, Saving, headlines_of
from policies.evaluation.runs import ModelCalls, Ran, fare, hold_against, mean_size_of, on_common_items

SMALL = ModelCalls("small", 30, 0, 0.3, 3.0, 1.5)
LARGE = ModelCalls("large", 10, 10, 1.0, 1.0, 0.5)


def ran(policy: str, qualities: Sequence[float], *, usd: str = "1", seconds: float = 1.0, calls=(SMALL,)) -> Ran:
    items = {f"q{n}": Answered(quality, Decimal(usd), seconds, True) for n, quality in enumerate(qualities)}
    return Ran(policy, f"run-{policy}", items, calls)


def headline(runs: Sequence[Ran], policy: str) -> RunHeadline:
    fared = [fare(run, sizes_m={}) for run in runs]
    return next(one for one in headlines_of(runs, fared) if one.policy == policy)


def test_a_run_comes_to_its_sums() -> None:
    run = ran("rules", [1.0, 0.0, 1.0, 0.5], usd="0.25", calls=(SMALL, LARGE))
    one = fare(run, sizes_m={"small": 100.0, "large": 900.0})
    assert (one.quality, one.cost_usd, one.latency_s, one.n_calls) == (0.625, Decimal(1), 4.0, 40)
    assert (one.strongest_share, one.mean_parameters_m) == (0.25, 300.0)


def test_a_size_that_is_not_known_makes_the_mean_unknown() -> None:
    assert mean_size_of([SMALL, LARGE], {"small": 1.0}) is None
    assert mean_size_of([SMALL], {"small": 1.0}) == 1.0
    assert mean_size_of([], {}) is None


def test_runs_are_compared_on_the_items_that_all_have() -> None:
    long, short = ran("a", [1.0, 1.0, 0.0]), ran("b", [0.0, 1.0])
    ours, theirs = on_common_items([long, short], is_scored=True)
    assert list(ours.items) == list(theirs.items) == ["q0", "q1"]
    difference = hold_against(ours, theirs).quality
    assert (difference.n, difference.mean) == (2, 0.5)


def test_savings_are_measured_where_the_policy_was_run_and_predicted_else() -> None:
    runs = [ran("rules", [1.0] * 4, usd="0.5", calls=(SMALL, LARGE)), ran("strongest", [1.0] * 4, usd="2")]
    one = headline(runs, "rules")
    assert one.saving_against_strongest == Saving(0.75, "run")
    assert one.saving_against_random == Saving(pytest.approx(1 - 1.3 / 2.0), "predicted")
    alone = headline(runs[:1], "rules")
    assert alone.saving_against_strongest == Saving(pytest.approx(1 - 1.3 / 4.0), "predicted")
    assert (alone.quality_ratio, alone.is_good_enough, alone.is_equal, alone.speed_up) == (None, None, None, None)
    unknown = [replace(runs[0], calls=(SMALL, replace(LARGE, random_usd=None)))]
    assert headline(unknown, "rules").saving_against_random == Saving(None, "predicted")


@pytest.mark.parametrize(
    ("ours", "is_good_enough", "is_equal"),
    [
        ([1.0] * 100, True, True),
        ([1.0] * 98 + [0.0] * 2, True, True),  # the interval of 2 of 100 reaches 0
        ([0.96] * 100, True, False),  # a little worse at each: shown to be below
        ([1.0] * 90 + [0.0] * 10, False, False),
    ],
)
def test_equal_quality_is_95_percent_of_the_strongests_and_not_shown_to_be_less(
    ours: Sequence[float], is_good_enough: bool, is_equal: bool
) -> None:
    one = headline([ran("rules", ours, seconds=0.5), ran("strongest", [1.0] * 100)], "rules")
    assert (one.is_good_enough, one.is_equal) == (is_good_enough, is_equal)
    assert one.speed_up == 2.0


def test_without_scores_nothing_is_said_of_quality() -> None:
    runs = [
        replace(run, items={"q0": Answered(None, Decimal(1), 1.0, True)})
        for run in (ran("a", []), ran("strongest", []))
    ]
    assert headline(runs, "a").is_equal is None
