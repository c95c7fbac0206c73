"""How one batch fared under several policies, from the warehouse."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flows.standings import items_of
from policies.evaluation.run_headline import RunHeadline, headlines_of
from policies.evaluation.runs import Against, Fared, ModelCalls, Ran, fare, hold_against, on_common_items
from warehouse.home import Home
from warehouse.query import named_query


@dataclass(frozen=True, slots=True)
class Comparison:
    """The policies in the order in which they were asked for; the first is what the others are held against."""

    step: str
    fared: tuple[Fared, ...]
    against: tuple[Against, ...]
    headlines: tuple[RunHeadline, ...]


def compare_runs(
    home: Home, runs: Mapping[str, str], *, step: str, is_scored: bool, sizes_m: Mapping[str, float]
) -> Comparison:
    """Compare the runs of policies (name to run) by the answers of a step; `sizes_m` are the models' parameters."""
    found = [
        Ran(policy, run_id, items_of(home, run_id, step=step), calls_of(home, run_id))
        for policy, run_id in runs.items()
    ]
    first, *others = compared = on_common_items(found, is_scored=is_scored)
    fared = tuple(fare(run, sizes_m=sizes_m) for run in compared)
    against = tuple(hold_against(other, first) for other in others)
    return Comparison(step, fared, against, headlines_of(compared, fared))


def calls_of(home: Home, run_id: str) -> tuple[ModelCalls, ...]:
    """Which models the routed calls of a run went to."""
    table = named_query(home, "compare_models", parameters={"run_id": run_id})
    return tuple(ModelCalls(*row) for row in table.rows)  # type: ignore[arg-type]  # the query's columns
