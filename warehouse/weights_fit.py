"""Learning from the ledger: sums per task type and model by DuckDB, shrunken means as a new weights document."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import TypeAlias

from policies.cascade.evidence import CheckLevels
from policies.crediting import Credited, add_credited
from policies.errors import BadInputError
from policies.gate.evaluation import Evaluation
from policies.gate.folds import N_FOLDS, CellTotal, FoldSums, cells_of, without_fold
from policies.gate.sources import Pull, beyond_cap
from policies.shrinkage import CellSums, shrink_means
from policies.types import CellMean, Weights
from policies.weights import parse_weights, weights_document, weights_version
from warehouse.check_levels import check_levels
from warehouse.credits import credited_qualities
from warehouse.evidence import read_facts
from warehouse.home import Home
from warehouse.weights import live_weights

CreditedCells: TypeAlias = Mapping[tuple[str, str], Sequence[Credited]]


@dataclass(frozen=True, slots=True)
class HalfLives:
    """After how many days a call counts half, by task type; `default_days` for those that none is given for."""

    default_days: float = 30.0
    by_task_type: Mapping[str, float] = field(default_factory=dict)

    @property
    def parameters(self) -> Mapping[str, object]:
        """As `weights_sums` takes them."""
        return {
            "half_life": self.default_days,
            "task_types": list(self.by_task_type),
            "half_lives": list(self.by_task_type.values()),
        }


USUAL = HalfLives()
MOST_SCORES = 1_000_000
SOURCE_CAP = 0.02  # by so much one scorer or person may move the quality of a cell


@dataclass(frozen=True, slots=True)
class Fit:
    """Weights as fitted, not recorded yet.

    `parent_version` was live in the data; `parent` is what it says, None where there was none or nobody can read it.
    `left_out` names the cells that were seen but say nothing, as `task type on model`. `note` is what became of the
    predictor of texts. `held_out` are the weights that the items of all folds but one give, by the fold's number;
    `evaluation` is what logged decisions say of those, None before they were asked.
    `capped` are the sources of scores that were left out of a cell.
    """

    version: str
    document: str
    cells: tuple[CellMean, ...]
    parent_version: str | None
    parent: Weights | None
    n_calls: int
    data_from: datetime | None
    data_to: datetime | None
    left_out: tuple[str, ...] = ()
    note: str = ""
    checks: tuple[CheckLevels, ...] = ()
    held_out: tuple[Weights, ...] = ()
    evaluation: Evaluation | None = None
    capped: tuple[Pull, ...] = ()

    @property
    def estimates(self) -> str:
        """What changes against the parent, as JSON: per cell the quality before (None: new) and after, and what the log
        says of both."""
        rows = [
            {
                "task_type": cell.task_type,
                "model": cell.model,
                "n": cell.n,
                "quality": cell.quality,
                "parent_quality": parent_quality(cell, self.parent),
            }
            for cell in self.cells
        ]
        told: dict[str, object] = {"cells": rows, "left_out": list(self.left_out)}
        if self.capped:
            told["capped"] = [asdict(one) for one in self.capped]
        if self.evaluation is not None:
            told["log"] = asdict(self.evaluation)
        return json.dumps(told, separators=(",", ":"), allow_nan=False)


def fit_weights(home: Home, half_lives: HalfLives = USUAL, *, source_cap: float = SOURCE_CAP) -> Fit:
    """Fit every scored call that was published; raises `BadInputError` where nothing was published yet.

    A source of scores that moves a cell by more than `source_cap` is left out of it (`policies.gate.sources`).

    Cost and latency are those of the attempts on the model that answered. A cell whose cost nobody knows is kept
    without one: how good the model is was seen, whatever it costs. One whose latency nobody knows is left out.
    """
    credited = credited_by_cell(home)
    capped = beyond_cap(source_pulls(home), source_cap)
    parameters = {"n_folds": N_FOLDS, **half_lives.parameters}
    rows = read_facts(home, "weights_sums", parameters, FoldSums)
    if capped:
        rows += read_facts(home, "capped_sums", {"capped": capped_json(capped), **parameters}, FoldSums)
    totals = [total for total in cells_of(rows) if total.sums.n or key_of(total) in credited]
    kept = {key_of(total) for total in totals if total.has_latency}
    cells = shrink_means([sums_of(total, credited) for total in totals if total.has_latency])
    checks = check_levels(home)
    document = weights_document(cells, checks)
    version, live = weights_version(document), live_weights(home)
    return Fit(
        version=version,
        document=document,
        cells=cells,
        parent_version=live[0] if live else None,
        parent=read_parent(live[1]) if live else None,
        n_calls=sum(cell.n for cell in cells),
        data_from=min((row.data_from for row in rows if row.key in kept), default=None),
        data_to=max((row.data_to for row in rows if row.key in kept), default=None),
        left_out=left_out(totals),
        checks=checks,
        held_out=tuple(hold_out(rows, fold, credited, version=version) for fold in range(N_FOLDS)),
        capped=capped,
    )


def source_pulls(home: Home) -> tuple[Pull, ...]:
    """How far each source moves each cell; nothing for a single source, which spares a pass over all scores.

    Of more than `MOST_SCORES` scores a share of the calls is held against each other.
    """
    ((n_sources, n_scores),) = read_facts(home, "n_sources", {}, lambda *counts: counts)
    if n_sources < 2:
        return ()
    return read_facts(home, "source_pulls", {"share": min(1.0, MOST_SCORES / n_scores)}, Pull)


def capped_json(capped: Sequence[Pull]) -> str:
    """The cells and sources that are left out of them, as the reads take them."""
    return json.dumps([{"task_type": one.task_type, "model": one.model, "source": one.source} for one in capped])


def hold_out(rows: Sequence[FoldSums], fold: int, credited: CreditedCells, *, version: str) -> Weights:
    """The weights without the items of a fold, to be judged by these; they know no checks, and no texts."""
    totals = cells_of(without_fold(rows, fold))
    known = [one for one in totals if one.has_latency and (one.sums.n or key_of(one) in credited)]
    cells = shrink_means([sums_of(total, credited) for total in known])
    return Weights(f"{version}-{fold}", cells)


def with_predictor(fit: Fit, name: str | None, *, note: str) -> Fit:
    """The same fit beside a predictor, if there is one: a version of its own."""
    document = weights_document(fit.cells, fit.checks, predictor=name)
    return replace(fit, version=weights_version(document), document=document, note=note)


def read_parent(document: str) -> Weights | None:
    """A live document, or None where it is damaged: that must not keep better weights from taking its place."""
    try:
        return parse_weights(document)
    except BadInputError:
        return None


def sums_of(total: CellTotal, credited: CreditedCells) -> CellSums:
    """A cell as what the shrinkage takes, with what the final scores say of it where they are credited."""
    parts = credited.get(key_of(total), ())
    return add_credited(total.sums, parts) if parts else total.sums


def credited_by_cell(home: Home) -> CreditedCells:
    """The credited qualities by task type and model."""
    found: dict[tuple[str, str], list[Credited]] = defaultdict(list)
    for one in credited_qualities(home):
        found[one.task_type, one.model].append(one)
    return found


def key_of(total: CellTotal) -> tuple[str, str]:
    """The cell that a total is about."""
    return total.sums.task_type, total.sums.model


def left_out(totals: Sequence[CellTotal]) -> tuple[str, ...]:
    """The cells whose latency is unknown."""
    return tuple(f"{one.sums.task_type} on {one.sums.model}" for one in totals if not one.has_latency)


def parent_quality(cell: CellMean, parent: Weights | None) -> float | None:
    """The quality that the parent had for the same cell."""
    before = parent.cell(cell.task_type, cell.model) if parent else None
    return None if before is None else before.quality
