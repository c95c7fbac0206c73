"""Final scores credited to the steps before them, from the ledger: sums by DuckDB, the rest by `policies.crediting`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from policies.crediting import Credited, CreditSums, credit_step
from policies.main_effects import CoServed, Estimate, Level, main_effects
from warehouse.evidence import read_facts
from warehouse.home import Home

JobFinal: TypeAlias = tuple[str, str]  # a job, and the step whose score is the final one


@dataclass(frozen=True, slots=True)
class CreditRow:
    """One row of `credit_sums`: see `CreditSums`."""

    job: str
    final_step: str
    step: str
    task_type: str
    model: str
    weight: float
    n: int
    n_refused: int
    n_own: int
    own_quality: float | None
    own_variance: float | None


@dataclass(frozen=True, slots=True)
class PairRow:
    """One row of `credit_pairs`: see `CoServed`."""

    job: str
    final_step: str
    step: str
    task_type: str
    model: str
    other_step: str
    other_task_type: str
    other_model: str
    n: int
    final_total: float
    final_squares: float


def credited_qualities(home: Home) -> tuple[Credited, ...]:
    """The credited quality of every model in every step that a job credits; nothing where none does.

    What is read is bounded by steps and models, whatever the number of calls.
    """
    if read_facts(home, "credited_runs", {}, int) == (0,):  # spares others a pass over all answers
        return ()
    steps: dict[tuple[str, str, str], list[CreditSums]] = defaultdict(list)
    for row in read_facts(home, "credit_sums", {}, CreditRow):
        steps[row.job, row.final_step, row.step].append(sums_of(row))
    effects = effects_of(read_facts(home, "credit_pairs", {}, PairRow))
    credited = [credit_step(sums, effects.get((job, final), {})) for (job, final, _), sums in steps.items()]
    return tuple(one for some in credited for one in some)


def effects_of(rows: Sequence[PairRow]) -> Mapping[JobFinal, Mapping[Level, Estimate]]:
    """The main effects on the final score of each job."""
    by_final: dict[JobFinal, list[CoServed]] = defaultdict(list)
    for row in rows:
        by_final[row.job, row.final_step].append(pair_of(row))
    return {final: main_effects(pairs, final_step=final[1]) for final, pairs in by_final.items()}


def pair_of(row: PairRow) -> CoServed:
    """A row as what the estimator takes."""
    one = Level(row.step, row.task_type, row.model)
    other = Level(row.other_step, row.other_task_type, row.other_model)
    return CoServed(one, other, row.n, row.final_total, row.final_squares)


def sums_of(row: CreditRow) -> CreditSums:
    """A row as what the estimator takes."""
    level = Level(row.step, row.task_type, row.model)
    return CreditSums(level, row.weight, row.n, row.n_refused, row.n_own, row.own_quality, row.own_variance)
