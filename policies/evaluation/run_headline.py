"""The field's headline figures of a run: against always-strongest, and against sending calls at random."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from policies.evaluation.headline import saving
from policies.evaluation.runs import Fared, ModelCalls, Ran, hold_against

STRONGEST, RANDOM = "strongest", "random"
# A policy counts as good as the strongest model from this part of its quality on.
GOOD_ENOUGH = 0.95

Evidence: TypeAlias = Literal["run", "predicted"]


@dataclass(frozen=True, slots=True)
class Saving:
    """The part of the cost of another policy that is saved: of its run on the same items, or as predicted of the
    calls where it was not run. None where a cost is not known, or there is nothing to save of."""

    share: float | None
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class RunHeadline:
    """One policy beside the strongest model for every call, and a random one.

    `quality_ratio` is of the quality of the run under `strongest`; `is_good_enough` whether that is at least 95 %, and
    `is_equal` whether, besides, the items do not show it to be worse (the paired interval of 95 % reaches 0).
    `speed_up` is that run's seconds of calls over ours. These are None where `strongest` was not run or nothing was
    scored. Share and size are as `Fared` has them.
    """

    policy: str
    strongest_share: float | None
    quality_ratio: float | None
    is_good_enough: bool | None
    is_equal: bool | None
    saving_against_strongest: Saving
    saving_against_random: Saving
    mean_parameters_m: float | None
    speed_up: float | None


def headlines_of(runs: Sequence[Ran], fared: Sequence[Fared]) -> tuple[RunHeadline, ...]:
    """The headline figures of runs on the same items, in their order."""
    by_policy = {run.policy: (run, one) for run, one in zip(runs, fared, strict=True)}
    return tuple(headline_of_run(*by_policy[run.policy], by_policy) for run in runs)


def headline_of_run(run: Ran, one: Fared, by_policy: Mapping[str, tuple[Ran, Fared]]) -> RunHeadline:
    """The headline figures of one run."""
    strong_run, strong = by_policy.get(STRONGEST, (None, None))
    ratio = one.quality / strong.quality if strong and strong.quality and one.quality is not None else None
    is_good_enough = None if ratio is None else ratio >= GOOD_ENOUGH
    return RunHeadline(
        policy=one.policy,
        strongest_share=one.strongest_share,
        quality_ratio=ratio,
        is_good_enough=is_good_enough,
        is_equal=is_good_enough and not is_shown_worse(run, strong_run) if strong_run else None,
        saving_against_strongest=saving_on(run, one, by_policy.get(STRONGEST), STRONGEST),
        saving_against_random=saving_on(run, one, by_policy.get(RANDOM), RANDOM),
        mean_parameters_m=one.mean_parameters_m,
        speed_up=strong.latency_s / one.latency_s if strong and one.latency_s > 0 else None,
    )


def is_shown_worse(run: Ran, other: Ran) -> bool:
    """Whether the items show a run's quality to be below another's."""
    high = hold_against(run, other).quality.high
    return high is not None and high < 0


def saving_on(run: Ran, one: Fared, other: tuple[Ran, Fared] | None, policy: str) -> Saving:
    """What is saved against a policy: measured where it was run, else as predicted of the same calls."""
    if other is None:
        ours, theirs = predicted_usd(run.calls, "predicted_usd"), predicted_usd(run.calls, f"{policy}_usd")
        return Saving(None if ours is None else saving(ours, theirs), "predicted")
    ours_usd, theirs_usd = one.cost_usd, other[1].cost_usd
    is_known = ours_usd is not None and theirs_usd is not None
    return Saving(saving(float(ours_usd or 0), float(theirs_usd or 0)) if is_known else None, "run")


def predicted_usd(calls: Sequence[ModelCalls], name: str) -> float | None:
    """A predicted sum over all calls in USD; None where one is not known."""
    sums: list[float | None] = [getattr(one, name) for one in calls]
    known = [one for one in sums if one is not None]
    return sum(known) if len(known) == len(sums) else None
