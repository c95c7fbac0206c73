"""What a run saved against simpler policies, as people read it: an estimate with its interval, or why there is none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flows.printing import cell, print_grid, rows_of
from warehouse.home import Home
from warehouse.query import named_query

Row = Mapping[str, object]


def run_savings(home: Home, run_id: str) -> Sequence[Row]:
    """A run's rows of the mart `savings`: none if no call had a choice."""
    return rows_of(named_query(home, "run_savings", parameters={"run_id": run_id}))


def print_savings(rows: Sequence[Row]) -> None:
    """The rows as a table; nothing where there are none."""
    if not rows:
        return
    columns = (
        "baseline",
        "calls",
        "spent, USD",
        "saved, USD",
        "95 %",
        "quality gained",
        "95 %",
        "predicted saving, USD",
    )
    told = [
        (
            row["baseline"],
            row["compared_calls"],
            row["spent_usd"],
            *estimate_of(row, "savings", unit="_usd", evidence=row["cost_evidence"]),
            *estimate_of(row, "quality_difference", unit="", evidence=row["quality_evidence"]),
            row["predicted_savings_usd"],
        )
        for row in rows
    ]
    print_grid(columns, told, title="Against the same calls under simpler policies")


def estimate_of(row: Row, name: str, *, unit: str, evidence: object) -> tuple[object, str]:
    """An estimate and its interval; without evidence, why."""
    estimate = row[f"{name}{unit}"]
    if estimate is None:
        return None, str(evidence)
    return estimate, f"{cell(row[f'{name}_low{unit}'])} to {cell(row[f'{name}_high{unit}'])}"
