"""A cold start: a router learns chunk by chunk from the outcomes of its own choices, as in production.

The prompts of one half come in a random order. The first chunk goes to models drawn with equal chances; after each
chunk the router is fitted anew on all that was revealed. Its budget is that of the whole half, and what is left of it
is spread over the prompts that are still to come.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from policies.evaluation.choices import Means, means_of
from policies.evaluation.exploring import choose_exploring, choose_within
from policies.evaluation.frontier import Point, quality_at, single_points, sweep
from policies.evaluation.headline import Headline, headline_of
from policies.evaluation.outcomes import Outcomes, Rows
from policies.evaluation.router import Predictions, Router
from policies.evaluation.table import OutcomeTable


@dataclass(frozen=True, slots=True)
class LogSettings:
    """`chunk_size` prompts are decided at once.

    Above the cheapest model's mean cost, `budget_share` in [0, 1] of what lies between it and the costliest one's may
    be spent. `doubt` is how many standard errors the draws deviate by at first: 1 is Thompson's rule; less explores too
    little for an endless log, but gathers more in a short one. With `is_all_told` a chunk's outcomes on all models are
    revealed after it, so that nothing need be found out: what exploring, however clever, would come near to at best.
    """

    chunk_size: int = 100
    budget_share: float = 0.25
    doubt: float = 0.5
    is_all_told: bool = False


@dataclass(frozen=True, slots=True)
class Progress:
    """Means per call from the first prompt to the n-th, beside the best fixed policy's at the same cost on the same.

    A fixed policy is one model, or a coin between two. `regret`, n × the difference, is how much more it would have
    gathered.
    """

    n: int
    quality: float
    cost_usd: float
    fixed_quality: float

    @property
    def regret(self) -> float:
        return self.n * (self.fixed_quality - self.quality)


@dataclass(frozen=True, slots=True)
class LogResult:
    """One router's cold start on one split; each ratio is its quality over the full-information router's at equal cost.

    That one was fitted on the whole matrix of the other half, and routes the same prompts, its λ chosen in hindsight.
    `ratio_to_full` is of all prompts, the cold start included, `late_ratio_to_full` of the last quarter of them.
    `headline` is of all choices beside the model that is strongest on the other half.
    """

    router: str
    seed: int
    progress: tuple[Progress, ...]
    ratio_to_full: float | None
    late_ratio_to_full: float | None
    headline: Headline


def evaluate_log(
    router: Router, stream: OutcomeTable, other: OutcomeTable, *, seed: int, settings: LogSettings
) -> LogResult:
    """Route the stream from a cold start; `other` is the half that the full-information router learns from."""
    rng = np.random.default_rng(seed)
    table = stream.at(rng.permutation(len(stream)))
    chosen = route_stream(router, table, seed=seed, settings=settings, rng=rng)
    ends = [*range(settings.chunk_size, len(table), settings.chunk_size), len(table)]
    progress = tuple(progress_at(table.outcomes, chosen, n) for n in ends)
    full = router.fit(other.prompts, other.outcomes, seed=seed).predict(table.prompts)
    late = np.arange(len(table) * 3 // 4, len(table))
    return LogResult(
        router=router.name,
        seed=seed,
        progress=progress,
        ratio_to_full=ratio_of(chosen, full, table.outcomes, np.arange(len(table))),
        late_ratio_to_full=ratio_of(chosen, full, table.outcomes, late),
        headline=headline_of(table, chosen, strongest=other.strongest),
    )


def ratio_of(chosen: Rows, full: Predictions, outcomes: Outcomes, rows: Rows) -> float | None:
    """On some rows, the choices' quality over what the predictions reach at the same cost; None where that is 0."""
    part = outcomes.at(rows)
    means = means_of(part, chosen[rows])
    points = [*sweep(full.at(rows), part), *single_points(part)]
    reached = quality_at(points, means.cost_usd)
    return means.quality / reached if reached else None


def route_stream(
    router: Router, table: OutcomeTable, *, seed: int, settings: LogSettings, rng: np.random.Generator
) -> Rows:
    """The chosen column of each prompt, in the table's order; of other outcomes, mean costs alone set the budget."""
    n, m = table.outcomes.quality.shape
    budget_usd = n * allowance_of(table.outcomes, settings.budget_share)
    chosen: Rows = rng.integers(m, size=(n,), dtype=np.intp)
    for start, end in chunks(n, settings.chunk_size):
        if start:
            log = table.outcomes.at(np.arange(start))
            paid = log.revealed(chosen[:start])
            fitted = router.fit(table.prompts.at(range(start)), log if settings.is_all_told else paid, seed=seed)
            predictions = fitted.predict(table.prompts.at(range(start, end)))
            allowance_usd = (budget_usd - float(np.nansum(paid.cost_usd))) / (n - start)
            if settings.is_all_told:
                chosen[start:end] = choose_within(predictions, allowance_usd)
                continue
            # What is found out serves what is still to come; towards the end that is little.
            doubt = settings.doubt * math.sqrt(1 - start / n)
            chosen[start:end] = choose_exploring(
                predictions, allowance_usd=allowance_usd, n_logged=start, doubt=doubt, rng=rng
            )
    return chosen


def chunks(n: int, size: int) -> Iterator[tuple[int, int]]:
    """Start and end of each chunk."""
    for start in range(0, n, size):
        yield start, min(start + size, n)


def allowance_of(outcomes: Outcomes, budget_share: float) -> float:
    """USD per call: so far from the cheapest model's mean cost to the costliest one's."""
    costs = outcomes.cost_usd.mean(axis=0)
    return float(costs.min() + budget_share * (costs.max() - costs.min()))


def progress_at(outcomes: Outcomes, chosen: Rows, n: int) -> Progress:
    """The means of the first n choices."""
    seen = outcomes.at(np.arange(n))
    means: Means = means_of(seen, chosen[:n])
    singles: tuple[Point, ...] = single_points(seen)
    return Progress(n, means.quality, means.cost_usd, quality_at(singles, means.cost_usd))
