"""Learning from the ledger: sums per task type and model by DuckDB, shrunken means as a new weights document."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from policies.cascade.evidence import CheckLevels
from policies.crediting import Credited, add_credited
from policies.errors import BadInputError
from policies.shrinkage import CellSums, shrink_means
from policies.types import CellMean, Weights
from policies.weights import parse_weights, weights_document, weights_version
from warehouse.check_levels import check_levels
from warehouse.credits import credited_qualities
from warehouse.evidence import read_facts
from warehouse.home import Home
from warehouse.weights import live_weights


@dataclass(frozen=True, slots=True)
class CellRow:
    """The scored calls of one task type on one model; means of cost and latency are None where those are unknown.

    `quality` is of the `n_plain` calls that no final score is credited to; the others are in `credited_qualities`.
    """

    task_type: str
    model: str
    n: int
    n_plain: int
    quality: float | None
    quality_variance: float | None
    cost_usd: float | None
    latency_s: float | None
    data_from: datetime
    data_to: datetime


@dataclass(frozen=True, slots=True)
class Fit:
    """Weights as fitted, not recorded yet.

    `parent_version` was live in the data; `parent` is what it says, None where there was none or nobody can read it.
    `left_out` names the cells that were seen but say nothing, as `task type on model`. `note` is what became of the
    predictor of texts.
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

    @property
    def estimates(self) -> str:
        """What changes against the parent, as JSON: per cell the quality before and after, before None if new."""
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
        return json.dumps({"cells": rows, "left_out": list(self.left_out)}, separators=(",", ":"), allow_nan=False)


def fit_weights(home: Home) -> Fit:
    """Fit every scored call that was published; raises `BadInputError` where nothing was published yet.

    Cost and latency are those of the attempts on the model that answered. A cell whose cost nobody knows is kept
    without one: how good the model is was seen, whatever it costs. One whose latency nobody knows is left out.
    """
    credited = credited_by_cell(home)
    rows = [row for row in read_facts(home, "weights_sums", {}, CellRow) if row.n_plain or key_of(row) in credited]
    kept = [row for row in rows if row.latency_s is not None]
    sums = [sums_of(row, credited.get(key_of(row), ())) for row in kept]
    cells = shrink_means(sums)
    checks = check_levels(home)
    document = weights_document(cells, checks)
    live = live_weights(home)
    return Fit(
        version=weights_version(document),
        document=document,
        cells=cells,
        parent_version=live[0] if live else None,
        parent=read_parent(live[1]) if live else None,
        n_calls=sum(cell.n for cell in sums),
        data_from=min((row.data_from for row in kept), default=None),
        data_to=max((row.data_to for row in kept), default=None),
        left_out=left_out(rows),
        checks=checks,
    )


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


def sums_of(row: CellRow, credited: Sequence[Credited]) -> CellSums:
    """A row as what the shrinkage takes, with what the final scores say of it where they are credited."""
    plain = CellSums(
        row.task_type,
        row.model,
        row.n_plain,
        row.quality or 0.0,
        row.quality_variance,
        row.cost_usd,
        row.latency_s or 0.0,
    )
    return add_credited(plain, credited) if credited else plain


def credited_by_cell(home: Home) -> Mapping[tuple[str, str], Sequence[Credited]]:
    """The credited qualities by task type and model."""
    found: dict[tuple[str, str], list[Credited]] = defaultdict(list)
    for one in credited_qualities(home):
        found[one.task_type, one.model].append(one)
    return found


def key_of(row: CellRow) -> tuple[str, str]:
    """The cell that a row is about."""
    return row.task_type, row.model


def left_out(rows: Sequence[CellRow]) -> tuple[str, ...]:
    """The cells whose latency is unknown."""
    return tuple(f"{row.task_type} on {row.model}" for row in rows if row.latency_s is None)


def parent_quality(cell: CellMean, parent: Weights | None) -> float | None:
    """The quality that the parent had for the same cell."""
    before = parent.cell(cell.task_type, cell.model) if parent else None
    return None if before is None else before.quality
