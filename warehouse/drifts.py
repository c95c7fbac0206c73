"""What the ledger has of drifts, and the outcomes that they are looked for in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

import numpy as np
import numpy.typing as npt

from warehouse.evidence import read_facts
from warehouse.home import Home
from warehouse.query import query_arrow
from warehouse.records import Drifted, DriftMeasure
from warehouse.sql import sql_text

MEASURES: tuple[DriftMeasure, ...] = ("quality", "cost_usd", "latency_s", "error_rate")
COLUMN_OF = {"error_rate": "is_error"}


@dataclass(frozen=True, slots=True)
class Stream:
    """One measure of a task type's calls of a model, oldest first, as far as it is known: (n,) each."""

    task_type: str
    model: str
    measure: DriftMeasure
    attempt_ids: tuple[str, ...]
    started_at: tuple[datetime, ...]
    values: npt.NDArray[np.float64]

    def after(self, at: datetime) -> Stream:
        """The part of it from a time on."""
        first = next((number for number, began_at in enumerate(self.started_at) if began_at >= at), len(self.values))
        return Stream(
            self.task_type,
            self.model,
            self.measure,
            self.attempt_ids[first:],
            self.started_at[first:],
            self.values[first:],
        )


def drifts_since(home: Home, since: datetime) -> tuple[Drifted, ...]:
    """Every drift that was detected in attempts since a time, the latest first; none where nothing was published."""
    return read_facts(home, "drifts_since", {"since": since}, Drifted) if home.published.exists() else ()


def watched_streams(home: Home, *, since: datetime, most: int) -> Iterator[Stream]:
    """What came of the attempts since a time, of each task type and model the latest `most`, by measure."""
    parameters: dict[str, object] = {"since": since, "most": most}
    rows = query_arrow(home, sql_text("reads", "watched_attempts"), parameters=parameters).to_pylist()
    for (task_type, model), members in groupby(rows, key=lambda row: (row["task_type"], row["model"])):
        cell = list(members)
        for measure in MEASURES:
            column = COLUMN_OF.get(measure, measure)
            known = [row for row in cell if row[column] is not None]
            yield Stream(
                task_type,
                model,
                measure,
                tuple(row["attempt_id"] for row in known),
                tuple(row["started_at"] for row in known),
                np.array([row[column] for row in known], dtype=np.float64),
            )
