"""A run's account and a plan, as people read them, straight from the warehouse."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from decimal import Decimal
from pathlib import Path

from flows.gaps import print_gaps
from flows.printing import console, print_grid, print_json, rows_of
from policies.allocation.curve import HIGHEST
from policies.deadlines import DeadlineFit
from policies.errors import BadInputError
from policies.planning import StepPlan, add_up
from policies.run_time import RunTime
from tasks.forecasts import Plan
from tasks.manifest import folder_of
from tasks.pinned_corpora import Gap, gaps_of
from warehouse.home import Home
from warehouse.query import named_query

# What a person is shown of each query, and under which heading; `--json` has every column.
STEP_COLUMNS = {
    "step": "step",
    "task_type": "task type",
    "model": "model",
    "calls": "calls",
    "attempts": "attempts",
    "failures": "failed",
    "cost_usd": "cost, USD",
    "p50_latency_s": "p50, s",
    "p95_latency_s": "p95, s",
    "mean_quality": "quality",
}
ROUTE_COLUMNS = {"step": "step", "model": "model", "n": "decisions", "policy": "policy", "rule": "rule"}

DRIFT_COLUMNS = {
    "task_type": "task type",
    "model": "model",
    "measure": "measure",
    "before": "before",
    "after": "after",
    "since": "since",
    "n_after": "calls after",
}


@dataclass(frozen=True, slots=True)
class RunAccount:
    """A run's rows of the queries `run_totals`, `run_steps` and `run_routes`, what its corpora lack, why it did not go
    by the live weights, if it did not, and the drifts of what it called."""

    run: Mapping[str, object]
    steps: Sequence[Mapping[str, object]]
    routes: Sequence[Mapping[str, object]]
    documents_left_out: Sequence[Gap]
    weights_problems: Sequence[str] = ()
    drifts: Sequence[Mapping[str, object]] = ()


def run_account(home: Home, run_id: str) -> RunAccount:
    """What a run cost, how good it was and what was routed where; raises `BadInputError` for an unknown run."""
    parameters = {"run_id": run_id}
    totals = rows_of(named_query(home, "run_totals", parameters=parameters))
    if not totals:
        raise BadInputError("there is no such run in the warehouse", field="RUN", value=run_id)
    steps = rows_of(named_query(home, "run_steps", parameters=parameters))
    routes = rows_of(named_query(home, "run_routes", parameters=parameters))
    notices = rows_of(named_query(home, "run_notices", parameters=parameters))
    drifts = rows_of(named_query(home, "run_drifts", parameters=parameters))
    problems = [str(row["weights_problem"]) for row in notices]
    return RunAccount(totals[0], steps, routes, gaps_of(folder_of(home.runs, run_id)), problems, drifts)


def print_run(home: Home, run_id: str, *, outputs: Path, as_json: bool) -> None:
    """Print a run's account; raises `BadInputError` for an unknown run."""
    account = run_account(home, run_id)
    if as_json:
        print_json({**fields_of(account), "outputs": str(outputs)})
        return
    print_rows(account.steps, STEP_COLUMNS, title="Cost, latency and quality per step and model")
    print_rows(account.routes, ROUTE_COLUMNS, title="What was routed where, and why")
    console().print(sentence_of_run(account.run, outputs), highlight=False, soft_wrap=True)
    if account.drifts:
        print_rows(account.drifts, DRIFT_COLUMNS, title="What is no more what it was")
    for problem in account.weights_problems:
        console().print(f"Not by the live weights: {problem}.", highlight=False, soft_wrap=True)
    print_gaps(account.documents_left_out)


def fields_of(account: RunAccount) -> dict[str, object]:
    """An account as one JSON object."""
    return {field.name: getattr(account, field.name) for field in fields(account)}


def sentence_of_run(run: Mapping[str, object], outputs: Path) -> str:
    """A run in one sentence."""
    cost = "unknown in part" if run["cost_usd"] is None else f"{run['cost_usd']:f} USD"
    if isinstance(run["budget_usd"], Decimal) and isinstance(spent := run["known_cost_usd"], Decimal):
        over = ", OVER THE BUDGET: a provider counted more tokens than it was sent or asked for"
        cost += f" of {run['budget_usd']:f} USD" + (over if spent > run["budget_usd"] else "")
    return (
        f"Run {run['run_id']}: {run['status']}, {run['n_items']} items ({run['n_failed']} failed), "
        f"{run['calls']} calls, {run['attempts']} attempts, cost {cost}, {run['elapsed_s']} s. Outputs: {outputs}"
    )


def print_rows(rows: Sequence[Mapping[str, object]], columns: Mapping[str, str], *, title: str) -> None:
    """The named columns of rows under their headings."""
    print_grid(tuple(columns.values()), [tuple(row[name] for name in columns) for row in rows], title=title)


def print_plan(plan: Plan, gaps: Sequence[Gap], *, as_json: bool) -> None:
    """Print a forecast, step by step, what money buys in each, and which documents the corpora will lack."""
    if as_json:
        print_json(fields_of_plan(plan, gaps))
        return
    columns = ("step", "model", "calls", "expected, USD", "quality", "seconds of calls")
    print_grid(columns, [row for name, step in plan.steps.items() for row in plan_rows(name, step)], title="Plan")
    bought = [
        (name, step.last_per_usd, step.next_per_usd)
        for name, step in plan.steps.items()
        if step.last_per_usd is not None or step.next_per_usd is not None
    ]
    if bought:
        print_grid(
            ("step", "the last USD bought", "the next USD would buy"),
            bought,
            title="What money buys, in good answers per USD",
        )
    for sentence in sentences_of_plan(plan):
        console().print(sentence, highlight=False, soft_wrap=True)
    print_gaps(gaps)


def fields_of_plan(plan: Plan, gaps: Sequence[Gap]) -> dict[str, object]:
    """A forecast as one JSON object."""
    return {
        "steps": plan.steps,
        "expected_usd": plan.expected_usd,
        "margin_usd": plan.margin_usd,
        "cheapest_usd": plan.cheapest_usd,
        "budget_usd": plan.budget_usd,
        "lambda": plan.lambda_,
        "gap": plan.gap,
        "quality_floor": plan.quality_floor,
        "floor_usd": plan.floor_usd,
        "run_time": plan.run_time,
        "deadline": plan.deadline,
        "documents_left_out": gaps,
    }


def sentences_of_plan(plan: Plan) -> list[str]:
    """What a forecast comes to, in a sentence or two."""
    budget = "no budget" if plan.budget_usd is None else f"budget {plan.budget_usd:f} USD"
    expected = "unknown" if plan.expected_usd is None else f"{plan.expected_usd:f} USD"
    if plan.expected_usd is not None and plan.margin_usd:
        low, high = max(plan.expected_usd - plan.margin_usd, Decimal(0)), plan.expected_usd + plan.margin_usd
        expected += f" ({low:f} to {high:f} with 95 %)"
    cheapest = "unknown" if plan.cheapest_usd is None else f"{plan.cheapest_usd:f} USD"
    sentences = [f"Expected {expected}; the cheapest plan {cheapest}; {budget}."]
    if told := [quality_of_step(name, step) for name, step in plan.steps.items() if step.expected_quality is not None]:
        sentences.append(f"Expected quality: {', '.join(told)}, each with 95 %.")
    if plan.run_time is not None:
        sentences.append(sentence_of_time(plan.run_time))
    if plan.deadline is not None:
        sentences.append(sentence_of_deadline(plan.deadline))
    if plan.lambda_ is not None and any(step.lambda_ is not None for step in plan.steps.values()):
        sentences.append(sentence_of_lambda(plan))
    if any(step.n_cascaded for step in plan.steps.values()):
        sentences.append(sentence_of_cascades(plan))
    return sentences


def sentence_of_cascades(plan: Plan) -> str:
    """How many calls have two models, and how many of them are expected to need both."""
    n, escalated = (sum(getattr(step, name) for step in plan.steps.values()) for name in ("n_cascaded", "n_escalated"))
    worst = add_up(step.worst_usd for step in plan.steps.values())
    told = "" if worst is None else f"; {worst:f} USD if every one did and every answer were as long as allowed"
    return f"Of {n} calls of cascades, {escalated:.1f} are expected to go on to the second model{told}."


def quality_of_step(name: str, step: StepPlan) -> str:
    """A step's mean quality, and the interval in which it will probably be."""
    quality, margin = step.expected_quality or 0.0, step.quality_margin or 0.0
    return f"{name} {quality:.2f} ({max(quality - margin, 0.0):.2f} to {min(quality + margin, 1.0):.2f})"


def sentence_of_time(time: RunTime) -> str:
    """How long a run will probably take, what limits that, and what is left out of it."""
    told = duration(time.seconds)
    return f"Expected time {told}, as {time.bottleneck}; searches, checks and second attempts are not counted."


def sentence_of_deadline(fit: DeadlineFit) -> str:
    """How the models' limits share out the calls before the deadline."""
    if not fit.scarcity:
        return f"The models' limits of requests leave room for every choice within {duration(fit.deadline_s)}."
    prices = ", ".join(f"{name} {price:.3g}" for name, price in sorted(fit.scarcity.items(), key=lambda one: -one[1]))
    return (
        f"Within {duration(fit.deadline_s)} not every call that wants it can have its model; "
        f"a call counts in quality: {prices}."
    )


def duration(seconds: float) -> str:
    """Seconds as people read them."""
    if seconds < 120:
        return f"{seconds:.3g} s"
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes:02d} min" if hours else f"{minutes} min"


def sentence_of_lambda(plan: Plan) -> str:
    """At which price money is weighed, how good that is, and where one USD more would buy most."""
    if not plan.lambda_:
        return "λ 0: every call can have the best model whose worst case fits the budget."
    if plan.lambda_ >= HIGHEST:
        short = plan.quality_floor is None
        return "Money is so short that cost alone counts." if short else "The cheapest choice has quality enough."
    floor = "" if plan.quality_floor is None else f" for {plan.quality_floor:.4g} of the best model's quality"
    gap = "" if plan.gap is None else f"; at most {plan.gap * 100:.2g} % from the best choice there is"
    following = {name: step.next_per_usd for name, step in plan.steps.items() if step.next_per_usd is not None}
    best = max(following, key=lambda name: following[name], default=None)
    where = "" if best is None else f"; one USD more would buy most in step {best}"
    return f"λ {plan.lambda_:.4g} per USD{floor}{gap}{where}."


def plan_rows(name: str, step: StepPlan) -> list[tuple[object, ...]]:
    """The rows of one step: a model each, and one for the requests that nothing may serve."""
    rows: list[tuple[object, ...]] = [
        (name, s.model, s.n_requests, s.expected_usd, s.expected_quality, s.expected_latency_s) for s in step.shares
    ]
    return rows + [(name, f"none: {reason}", n, None, None, None) for reason, n in step.refused]
