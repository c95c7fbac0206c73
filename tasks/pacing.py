"""How each run spends its money: what was routed and what it came to, and the λ that follows from it."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import lru_cache
from pathlib import Path

from pydantic import TypeAdapter

from policies.cascade.terms import CascadeTerms
from policies.pacing import PacePlan, Progress, pace, room
from policies.types import Decision
from tasks.budget import Budget
from tasks.budgets import budget_of
from tasks.decisions import dearest_usd
from tasks.jobs.judges import JudgeStep
from tasks.run_context import RunContext
from tasks.run_folder import RunFolder, write_bytes

PACE_PLAN = TypeAdapter(PacePlan)
ROUNDING = 1e-9  # of shares that add up to 1

_pacers: dict[str, Pacer] = {}
_lock = threading.Lock()


class Pacer:
    """The pace of one run in this process, shared by its tasks.

    `routed` are the (chunk, step)s that an earlier process routed: what they cost is spent, and no part of what is
    compared with the forecast.
    """

    def __init__(self, plan: PacePlan, budget: Budget, *, routed: Iterable[tuple[int, str]] = ()) -> None:
        self._plan = plan
        self._budget = budget
        self._spent_before_usd = spent_of(budget)
        self._routed: set[tuple[int, str]] = set()
        self._left = {name: sum(step.chunk_shares) for name, step in plan.steps.items()}
        self._under_way_usd: dict[tuple[int, str], float] = {}
        self._settled_usd = self._settled_cost_usd = 0.0
        self._lock = threading.Lock()
        for chunk, step in routed:
            self._take_off(chunk, step)

    @property
    def scarcity(self) -> Mapping[str, float]:
        """What a call of a model counts in quality, by the plan."""
        return self._plan.scarcity

    def lambda_now(self) -> float:
        """λ for what is routed next."""
        with self._lock:
            progress = self._progress()
        return self._plan.least_lambda if progress is None else pace(self._plan, progress)

    def room_usd(self) -> float | None:
        """What the next chunk may be expected to cost at most; None without a budget."""
        with self._lock:
            progress = self._progress()
        return None if progress is None else room(self._plan, progress)

    def note_routed(self, chunk: int, step: str, *, expected_usd: float) -> None:
        """A step of a chunk is routed, and will probably cost so much."""
        with self._lock:
            self._take_off(chunk, step)
            self._under_way_usd[chunk, step] = expected_usd

    def note_settled(self, chunk: int, step: str, *, cost_usd: float | None) -> None:
        """It is done, and cost so much; None where an earlier process had a part in it, which tells nothing."""
        with self._lock:
            expected_usd = self._under_way_usd.pop((chunk, step), None)
            if expected_usd is None:
                return
            if cost_usd is None:
                self._spent_before_usd = spent_of(self._budget) - self._settled_cost_usd
                return
            self._settled_usd += expected_usd
            self._settled_cost_usd += cost_usd

    def _progress(self) -> Progress | None:
        limit_usd = self._budget.limit_usd
        if limit_usd is None:
            return None
        return Progress(
            limit_usd=float(limit_usd) - self._spent_before_usd,
            spent_usd=spent_of(self._budget) - self._spent_before_usd,
            routed_usd=self._settled_usd + sum(self._under_way_usd.values()),
            settled_usd=self._settled_usd,
            settled_cost_usd=self._settled_cost_usd,
            left=dict(self._left),
        )

    def _take_off(self, chunk: int, step: str) -> None:
        pace_of_step = self._plan.steps.get(step)
        if pace_of_step is None or (chunk, step) in self._routed or chunk >= len(pace_of_step.chunk_shares):
            return
        self._routed.add((chunk, step))
        left = self._left[step] - pace_of_step.chunk_shares[chunk]
        self._left[step] = left if left > ROUNDING else 0.0


def pacer_of(context: RunContext, step: str | None = None) -> Pacer | None:
    """The one pacer of a run in this process; None where no limit binds its money to quality.

    Nor has a judge's step one: its money is its own.
    """
    plan = load_pace(str(context.folder.pacing))
    if plan is None or (step is not None and isinstance(context.job.step(step), JudgeStep)):
        return None
    key = str(context.folder.path)
    with _lock:
        if key not in _pacers:
            _pacers[key] = Pacer(plan, budget_of(context), routed=routed_before(context.folder))
        return _pacers[key]


def scarcity_of(context: RunContext) -> Mapping[str, float]:
    """What a call of a model counts in a run, where the job's deadline makes it scarce."""
    pacer = pacer_of(context)
    return {} if pacer is None else pacer.scarcity


def routed_before(folder: RunFolder) -> list[tuple[int, str]]:
    """What has been routed, by the files that say so."""
    routes = folder.path.glob("chunks/*/*.routes.jsonl")
    return [(int(path.parent.name), path.name.removesuffix(".routes.jsonl")) for path in routes]


def save_pace(folder: RunFolder, plan: PacePlan) -> None:
    """Pin the pace that a run begins with."""
    write_bytes(folder.pacing, PACE_PLAN.dump_json(plan))


@lru_cache(maxsize=16)
def load_pace(path: str) -> PacePlan | None:
    """What `save_pace` wrote; None in runs without a limit, and in those of older versions."""
    file = Path(path)
    return PACE_PLAN.validate_json(file.read_bytes()) if file.exists() else None


def spent_of(budget: Budget) -> float:
    """What is spent of a budget; 0 where it has no limit, and nothing is paced."""
    unspent_usd = budget.unspent_usd
    return 0.0 if unspent_usd is None or budget.limit_usd is None else float(budget.limit_usd - unspent_usd)


def expected_usd(decisions: Iterable[Decision], terms: CascadeTerms | None = None) -> float:
    """What the chosen models will probably cost together; what nobody knows counts as nothing.

    `terms` are those of the step's cascades: some answers of models alone may be measured too.
    """
    costs = [cost_of(made, terms) for made in decisions if made.model]
    return float(sum(cost for cost in costs if cost is not None))


def cost_of(made: Decision, terms: CascadeTerms | None) -> Decimal | None:
    """What a decision's model will probably cost, or its cascade with what it goes on to."""
    if made.cascade is not None and made.cascade.is_taken:
        return made.cascade.cost_usd
    cost = next(c.p_cost_usd for c in made.candidates if c.model == made.model)
    if cost is None or terms is None or made.cascade is None or cost >= dearest_usd(made):
        return cost
    return cost * Decimal(1 + terms.overhead)
