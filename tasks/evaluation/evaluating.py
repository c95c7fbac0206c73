"""One evaluation from a file to its report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from policies.errors import BadInputError
from policies.evaluation.cascade_results import CascadeSplit, evaluate_cascades
from policies.evaluation.cascade_summary import CascadeSummary, summarise_cascades
from policies.evaluation.cascading import NoisyCheck
from policies.evaluation.frontier import Point, single_points
from policies.evaluation.full import Clock, SplitResult, evaluate_split
from policies.evaluation.log import LogResult, LogSettings, evaluate_log
from policies.evaluation.router import Router
from policies.evaluation.splits import Split, halve
from policies.evaluation.summary import (
    LogSummary,
    PolicySummary,
    RouterSummary,
    summarise_log,
    summarise_policies,
    summarise_routers,
)
from policies.evaluation.table import OutcomeTable
from tasks.evaluation.reading import column_names, read_outcomes
from tasks.evaluation.selecting import LeftOut, Selection, select
from tasks.evaluation.tables import make_table

Mode: TypeAlias = Literal["full", "log"]
CostUnit: TypeAlias = Literal["usd", "strong_calls"]


@dataclass(frozen=True, slots=True)
class Evaluated:
    """A table as it was evaluated; `population` are all ids of the file, by which the halves are drawn."""

    file: str
    table: OutcomeTable
    left_out: LeftOut
    population: tuple[str, ...]
    cost_unit: CostUnit


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The report of one evaluation: of mode `full` the policies, routers and splits, of mode `log` the logs.

    `singles` are the models over the whole table; `cascades` is None unless a check was simulated.
    """

    file: str
    mode: Mode
    models: tuple[str, ...]
    singles: tuple[Point, ...]
    n_prompts: int
    n_task_types: int
    left_out: LeftOut
    cost_unit: CostUnit
    seeds: tuple[int, ...]
    policies: tuple[PolicySummary, ...] = ()
    routers: tuple[RouterSummary, ...] = ()
    splits: tuple[SplitResult, ...] = ()
    log_settings: LogSettings | None = None
    logs: tuple[LogSummary, ...] = ()
    log_results: tuple[LogResult, ...] = ()
    check: NoisyCheck | None = None
    cascades: CascadeSummary | None = None


def load_table(file: Path, selection: Selection, *, sizes_m: Mapping[str, float]) -> Evaluated:
    """Read a file and make its table; raises `BadInputError` for whatever can't be evaluated."""
    named = selection.contaminated
    flag = named if named is not None and named in column_names(file) else None
    frame = read_outcomes(file, flag=flag)
    kept, left_out = select(frame, selection, file=file)
    is_unpriced = bool(kept["cost_usd"].isna().all())
    table = make_table(kept, file=file, sizes_m=sizes_m)
    population = tuple(sorted(set(frame["query_id"])))
    return Evaluated(str(file), table, left_out, population, "strong_calls" if is_unpriced else "usd")


def evaluate(
    evaluated: Evaluated,
    routers: Sequence[Router],
    *,
    mode: Mode,
    seeds: Sequence[int],
    log_settings: LogSettings,
    clock: Clock,
    check: NoisyCheck | None = None,
) -> Evaluation:
    """Evaluate the routers on one split per seed; with a check, cascades beside them, in mode `full` alone."""
    table = evaluated.table
    splits: list[SplitResult] = []
    logs: list[tuple[LogResult, ...]] = []
    cascades: list[CascadeSplit] = []
    for seed in seeds:
        split = split_of(evaluated, seed)
        train, test = table.at(split.train), table.at(split.test)
        if mode == "full":
            splits.append(evaluate_split(train, test, routers=routers, seed=seed, clock=clock))
            if check is not None:
                cascades.append(evaluate_cascades(train, test, routers=routers, check=check, seed=seed))
        else:
            logs.append(tuple(evaluate_log(r, train, test, seed=seed, settings=log_settings) for r in routers))
    return Evaluation(
        file=evaluated.file,
        mode=mode,
        models=table.models,
        singles=single_points(table.outcomes),
        n_prompts=len(table),
        n_task_types=len(set(table.prompts.task_types)),
        left_out=evaluated.left_out,
        cost_unit=evaluated.cost_unit,
        seeds=tuple(seeds),
        policies=summarise_policies(splits) if splits else (),
        routers=summarise_routers(splits) if splits else (),
        splits=tuple(splits),
        log_settings=log_settings if mode == "log" else None,
        logs=tuple(summarise_log(results) for results in zip(*logs, strict=True)),
        log_results=tuple(result for results in logs for result in results),
        check=check,
        cascades=summarise_cascades(cascades) if cascades else None,
    )


def split_of(evaluated: Evaluated, seed: int) -> Split:
    """The halves of a seed; raises `BadInputError` where one has too few prompts to learn from or to route."""
    split = halve(evaluated.table.prompts.query_ids, seed, population=evaluated.population)
    if min(len(split.train), len(split.test)) < 4:
        raise BadInputError(
            "too few prompts are left for one half of the split", file=evaluated.file, field="--seed", value=seed
        )
    return split
