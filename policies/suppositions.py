"""What a change of the rules would have moved, and what that would have changed, estimated from the log itself.

A moved call is compared with what it really came to. What it would have come to on its new model is estimated from
the log's own calls of its task type on that model: their mean quality and mean latency; and for cost the ratio k of the
real to the predicted cost, times the prediction for the call, so that long requests count as such. With the residuals'
variance s², n calls of a cell (predicted Σx) and m moved into it (predicted X), the variance of the estimated sum is

    Σ over cells of  X²·n·s²/(Σx)² + m·s²

(Särndal, Swensson, Wretman, Model Assisted Survey Sampling, 1992, §7.3; the second term is what single calls vary by.)
Qualities vary by at least what they would with two scores of 0 and two of 1 more (Agresti, Coull, American Statistician
52, 1998, 119), so that a few equal scores don't seem certain. The interval is of 95 %, by Student's t with
Satterthwaite's degrees of freedom. It takes the calls that a model was given for like those that it would be given,
which was the router's choice, not chance's.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from policies.counterfactual import UNDECIDED, Supposed
from policies.logged_calls import Bools, Codes, Floats, LoggedCalls
from policies.logged_cases import Sources
from policies.options import EXPECTED_OUTPUT_SHARE

Measure: TypeAlias = Literal["cost_usd", "quality", "latency_s"]
LEAST_EVIDENCE = 2  # calls, for there to be a variance
QUANTILE = 0.975


@dataclass(frozen=True, slots=True)
class Move:
    """Calls of a task type that would go from one model to another; None is refused. `evidence` is the log's calls of
    the task type on the new model.
    """

    task_type: str
    source: str | None
    target: str | None
    calls: int
    evidence: int


@dataclass(frozen=True, slots=True)
class Change:
    """One measure over the moved calls that can be compared: cost in USD in all, quality and seconds per call.

    `change` has its interval from `low` to `high`; all are None where nothing can be compared.
    """

    measure: Measure
    compared_calls: int
    before: float | None
    after: float | None
    change: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Supposition:
    """What a table would have done with the calls of a log, the most frequent moves first."""

    calls: int
    undecidable_by_text: int
    undecidable_by_state: int
    moved: int
    without_evidence: int
    moves: tuple[Move, ...]
    changes: tuple[Change, ...]

    @property
    def share_without_evidence(self) -> float | None:
        """The share of the moved calls whose task type the log has too few calls of on the new model, fewer than
        `LEAST_EVIDENCE`; None for no moves.
        """
        return self.without_evidence / self.moved if self.moved else None


def weigh(log: LoggedCalls, rows: Codes, supposed: Supposed, sources: Sources) -> Supposition:
    """Weigh what was supposed of some rows of a log; all of the log is evidence."""
    names: list[str | None] = [None, *sorted({m for m in (*log.model.values, *supposed.models) if m is not None})]
    number_of = {name: number for number, name in enumerate(names)}
    own = np.array([number_of[m] for m in log.model.values], np.int64)[log.model.codes]
    new_of = np.array([*(number_of[m] for m in supposed.models), 0, 0], np.int64)  # the last two by -2 and -1
    is_decided = supposed.numbers != UNDECIDED
    new = new_of[supposed.numbers]
    is_moved = is_decided & (new != own[rows])
    moved, target = rows[is_moved], new[is_moved]
    cells, n_cells = log.task_type.codes * len(names), len(log.task_type.values) * len(names)
    evidence = np.bincount(cells + own, minlength=n_cells)
    moves = list(moves_of(log, moved, own, target, evidence, names))
    is_served = (own[moved] > 0) & (target > 0)
    served, into = moved[is_served], target[is_served]
    cost_of = CostTable(log, sources, names)
    pairs = (cells + own, cells[served] + into)
    ones = (np.ones(log.n_rows), np.ones(len(served)))
    every = np.arange(log.n_rows)
    predicted = (cost_of.predict(every, own), cost_of.predict(served, into))
    return Supposition(
        calls=len(rows),
        undecidable_by_text=supposed.n_hidden,
        undecidable_by_state=supposed.n_without_state,
        moved=len(moved),
        without_evidence=sum(
            move.calls for move in moves if move.target is not None and move.evidence < LEAST_EVIDENCE
        ),
        moves=tuple(sorted(moves, key=lambda move: -move.calls)),
        changes=(
            compare("cost_usd", log.cost_usd, served, pairs, predicted, is_total=True),
            compare("quality", log.quality, served, pairs, ones),
            compare("latency_s", log.latency_s, served, pairs, ones),
        ),
    )


def moves_of(
    log: LoggedCalls, moved: Codes, own: Codes, target: Codes, evidence: Codes, names: Sequence[str | None]
) -> Iterator[Move]:
    """The moved calls by task type and models."""
    n = len(names)
    keys = (log.task_type.codes[moved] * n + own[moved]) * n + target
    for key, calls in zip(*np.unique(keys, return_counts=True), strict=True):
        rest, to = divmod(int(key), n)
        task_type, source = divmod(rest, n)
        seen = int(evidence[task_type * n + to]) if to else 0
        yield Move(str(log.task_type.values[task_type]), names[source], names[to], int(calls), seen)


class CostTable:
    """What each call would be predicted to cost on a model, by the catalogue that it was decided under."""

    def __init__(self, log: LoggedCalls, sources: Sources, names: Sequence[str | None]) -> None:
        self._log = log
        self._rates = np.full((max(1, len(log.catalogue_version.values)), len(names), 2), np.nan)
        number_of = {name: number for number, name in enumerate(names)}
        for number, version in enumerate(log.catalogue_version.values):
            for model in sources.catalogue_of(version).models:
                rates = model.price.input, model.price.output
                if model.name in number_of and None not in rates:
                    self._rates[number, number_of[model.name]] = [float(rate or 0) / 1e6 for rate in rates]

    def predict(self, rows: Codes, models: Codes) -> Floats:
        """The expected cost of rows on a model each, in USD; NaN where its price is unknown."""
        log = self._log
        rates = self._rates[log.catalogue_version.codes[rows], models]
        outputs = np.ceil(log.max_output_tokens[rows] * EXPECTED_OUTPUT_SHARE)
        costs: Floats = log.input_tokens[rows] * rates[:, 0] + outputs * rates[:, 1]
        return costs


def compare(
    measure: Measure,
    values: Floats,
    moved: Codes,
    cells: tuple[Codes, Codes],
    sizes: tuple[Floats, Floats],
    *,
    is_total: bool = False,
) -> Change:
    """Compare what moved calls came to with what they would have; `cells` and `sizes` are the log's, and the new ones.

    Where a cell's sizes are unknown or nothing, each call counts alike.
    """
    own_cells, new_cells = cells
    n_cells = int(max(own_cells.max(initial=0), new_cells.max(initial=0))) + 1
    is_sized = sized(own_cells, new_cells, sizes, n_cells)
    own_sizes = np.where(is_sized[own_cells], sizes[0], 1.0)
    new_sizes = np.where(is_sized[new_cells], sizes[1], 1.0)
    known = ~np.isnan(values)
    y, x, cell = values[known], own_sizes[known], own_cells[known]
    n = np.bincount(cell, minlength=n_cells)
    sum_x, sum_y = sums(cell, x, n_cells), sums(cell, y, n_cells)
    k = sum_y / np.where(sum_x > 0, sum_x, np.nan)
    rest = sums(cell, (y - k[cell] * x) ** 2, n_cells)
    variance = rest / np.where(n > 1, n - 1, np.nan)
    if measure == "quality":
        variance = np.maximum(variance, (sums(cell, y * y, n_cells) + 2) / (n + 4) - ((sum_y + 2) / (n + 4)) ** 2)
    is_compared = known[moved] & (n[new_cells] >= LEAST_EVIDENCE)
    into, count = new_cells[is_compared], int(is_compared.sum())
    if not count:
        return Change(measure, 0, None, None, None, None, None)
    size, calls = sums(into, new_sizes[is_compared], n_cells), np.bincount(into, minlength=n_cells)
    met = calls > 0
    terms = size[met] ** 2 * n[met] * variance[met] / sum_x[met] ** 2 + calls[met] * variance[met]
    margin = margin_of(terms, n[met])
    before, after = float(values[moved][is_compared].sum()), float((k[met] * size[met]).sum())
    by = 1 if is_total else count
    change = after - before
    return Change(
        measure,
        count,
        *(value / by for value in (before, after, change, change - margin, change + margin)),
    )


def sized(own_cells: Codes, new_cells: Codes, sizes: tuple[Floats, Floats], n_cells: int) -> Bools:
    """For each cell whether all of its sizes are known, and not all nothing."""
    unknown = np.zeros(n_cells, bool)
    for cells, some in zip((own_cells, new_cells), sizes, strict=True):
        unknown[cells[np.isnan(some)]] = True
    known: Bools = ~unknown & (sums(own_cells, np.nan_to_num(sizes[0]), n_cells) > 0)
    return known


def sums(cells: Codes, values: Floats, n_cells: int) -> Floats:
    """The sum of each cell."""
    return np.bincount(cells, values, minlength=n_cells).astype(np.float64)


def margin_of(terms: Floats, n: Codes) -> float:
    """Half of the interval of a sum whose variance is that of independent terms, each estimated from `n` calls."""
    from scipy.special import stdtrit  # here: it takes a while to import

    variance: float = terms.sum()
    if variance <= 0:
        return 0.0
    freedom = variance**2 / (terms**2 / (n - 1)).sum()
    return float(stdtrit(freedom, QUANTILE) * math.sqrt(variance))
