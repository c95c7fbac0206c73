"""One batch under several policies: what each came to, and what differs item by item."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from policies.evaluation.answered import Answered, in_common, settled, total_usd
from policies.evaluation.outcomes import Floats
from policies.evaluation.paired import Difference, paired_difference

SEED = 0


@dataclass(frozen=True, slots=True)
class ModelCalls:
    """The routed calls of a run that one model answered: how many, and of how many it was the strongest model.

    The strongest is the one of the highest predicted quality among those that might have served the call; where several
    are, each of them. The sums in USD are of what was predicted of these calls: as they were routed, on the strongest
    model, and on any model that might have served, at random; None where a prediction that it takes is not known.
    """

    model: str
    n_calls: int
    n_strongest: int
    predicted_usd: float | None
    strongest_usd: float | None
    random_usd: float | None


@dataclass(frozen=True, slots=True)
class Ran:
    """One policy's run: what it made of each item, by its id, and which models its routed calls went to."""

    policy: str
    run_id: str
    items: Mapping[str, Answered]
    calls: Sequence[ModelCalls]


@dataclass(frozen=True, slots=True)
class Fared:
    """One policy on the items that all policies ran.

    `quality` is the mean over the `n_scored` items with a score, where one that failed counts 0; cost in USD and
    seconds are of all calls, the cost None where some are not known. `strongest_share` is the share of routed calls
    that the strongest model answered (see `ModelCalls`), `mean_parameters_m` millions of weights per call, None where
    a model that was called has no known size.
    """

    policy: str
    run_id: str
    n_items: int
    n_failed: int
    n_scored: int
    quality: float | None
    cost_usd: Decimal | None
    latency_s: float
    n_calls: int
    strongest_share: float | None
    mean_parameters_m: float | None


@dataclass(frozen=True, slots=True)
class Against:
    """One policy less another on the same items, per item: quality, USD, seconds."""

    policy: str
    other: str
    quality: Difference
    cost_usd: Difference
    latency_s: Difference


def on_common_items(runs: Sequence[Ran], *, is_scored: bool) -> tuple[Ran, ...]:
    """The runs on the items that all of them have, in one order; of a scored step, failed items have quality 0."""
    common = in_common({run.policy: run.items for run in runs})
    return tuple(
        Ran(
            run.policy,
            run.run_id,
            {name: settled(item, is_scored=is_scored) for name, item in items.items()},
            run.calls,
        )
        for run, items in zip(runs, common.values(), strict=True)
    )


def fare(run: Ran, *, sizes_m: Mapping[str, float]) -> Fared:
    """One policy's sums; `sizes_m` are the models' parameters in millions."""
    items = run.items
    qualities = [item.quality for item in items.values() if item.quality is not None]
    n_calls = sum(one.n_calls for one in run.calls)
    return Fared(
        policy=run.policy,
        run_id=run.run_id,
        n_items=len(items),
        n_failed=sum(not item.is_answered for item in items.values()),
        n_scored=len(qualities),
        quality=sum(qualities) / len(qualities) if qualities else None,
        cost_usd=total_usd(items),
        latency_s=sum(item.latency_s or 0.0 for item in items.values()),
        n_calls=n_calls,
        strongest_share=sum(one.n_strongest for one in run.calls) / n_calls if n_calls else None,
        mean_parameters_m=mean_size_of(run.calls, sizes_m),
    )


def mean_size_of(calls: Sequence[ModelCalls], sizes_m: Mapping[str, float]) -> float | None:
    """Millions of weights per call; None where a model that was called has no known size, or none was."""
    n_calls = sum(one.n_calls for one in calls)
    if not n_calls or any(one.model not in sizes_m for one in calls):
        return None
    return sum(sizes_m[one.model] * one.n_calls for one in calls) / n_calls


def hold_against(ours: Ran, other: Ran) -> Against:
    """The paired differences of two policies on the same items, in one order."""

    def difference(name: str) -> Difference:
        return paired_difference(values_of(ours, name), values_of(other, name), seed=SEED)

    return Against(ours.policy, other.policy, difference("quality"), difference("cost_usd"), difference("latency_s"))


def values_of(run: Ran, name: str) -> Floats:
    """One field of each item, NaN where it is not known."""
    values = [getattr(item, name) for item in run.items.values()]
    return np.array([np.nan if value is None else float(value) for value in values])
