"""`pointsman compare`: one batch under several policies, side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from flows.commands.options import AsJson
from flows.commands.running import (
    Budget,
    Input,
    Job,
    Sample,
    Seed,
    build_request,
    check_request,
    job_stem,
    prefect_errors,
)
from flows.printing import cell, console, print_grid, print_json
from flows.signals import resumed_by
from policies.errors import BadInputError
from tasks.clock import now
from tasks.jobs.credits import final_step
from tasks.jobs.judges import JudgeStep
from tasks.jobs.schema import Job as JobFile
from tasks.jobs.steps import LlmStep
from tasks.run_context import load_catalogue
from tasks.settings import current_home, load_settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flows.comparison import Comparison
    from policies.evaluation.paired import Difference
    from policies.evaluation.run_headline import RunHeadline, Saving


def compare(
    job: Job,
    input: Input,  # the option is called so
    policies: Annotated[
        str, typer.Option(help="The policies, such as rules,cheapest,strongest: the first is held against the others.")
    ],
    step: Annotated[str | None, typer.Option(help="Whose answers count; else the job's final step.")] = None,
    run_id: Annotated[str | None, typer.Option(help="Name of the runs; the same name again resumes them.")] = None,
    budget_usd: Budget = None,
    sample: Sample = None,
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """Run one batch under several policies, a run each, and compare quality, cost and latency item by item.

    Every policy's run is paid for. With `strongest` and `random` among them, savings against these are measured; else
    they are told as predicted.
    """
    stem = run_id or f"compare-{job_stem(job)}-{now():%Y%m%d-%H%M%S}"
    requests = {
        policy: build_request(
            job=job, input=input, run_id=f"{stem}-{slug(policy)}", policy=policy, budget_usd=budget_usd, sample=sample,
            seed=seed, chunks_under_way=4,
        )
        for policy in listed(policies)
    }  # fmt: skip
    drafts = [check_request(request) for request in requests.values()]
    judged = judged_step(drafts[0].job, step)
    from flows.compare import compare as run_all  # brings in Prefect

    with resumed_by(f"pointsman compare … --run-id {stem}"), prefect_errors():
        run_all(requests)
    from flows.comparison import compare_runs

    catalogue = load_catalogue(load_settings().catalog_file)
    comparison = compare_runs(
        current_home(),
        {policy: request.run_id or "" for policy, request in requests.items()},
        step=judged.name,
        is_scored=bool(judged.scorers),
        sizes_m={model.name: model.parameters_m for model in catalogue.models if model.parameters_m},
    )
    if as_json:
        print_json(comparison)
    else:
        tell(comparison)


def listed(policies: str) -> list[str]:
    """The policies by their names; two at least, and each once."""
    names = [name.strip() for name in policies.split(",")]
    if len(names) < 2 or not all(names):
        raise BadInputError("must name two policies at least, parted by commas", field="--policies", value=policies)
    if len({slug(name) for name in names}) < len(names):
        raise BadInputError("names a policy twice", field="--policies", value=policies)
    return names


def slug(policy: str) -> str:
    """A policy as part of a run's name."""
    return "".join(c if c.isascii() and (c.isalnum() or c in "._-") else "-" for c in policy)


def judged_step(job: JobFile, name: str | None) -> LlmStep:
    """The step whose answers count."""
    steps = [step for step in job.steps if isinstance(step, LlmStep) and not isinstance(step, JudgeStep)]
    if name is not None:
        found = [step for step in steps if step.name == name]
        if not found:
            known = ", ".join(step.name for step in steps) or "none"
            raise BadInputError(f"is no llm step of the job; there are {known}", field="--step", value=name)
        return found[0]
    if not steps:
        raise BadInputError("has no llm step, so there is nothing to route", field="JOB", value=job.name)
    final = final_step(job)
    return next(step for step in steps if step.name == final)


def tell(comparison: Comparison) -> None:
    """The comparison for people: what each came to, what differs, what is saved."""
    print_grid(
        ("policy", "items", "failed", "quality", "cost, USD", "s of calls", "calls"),
        [
            (one.policy, one.n_items, one.n_failed, one.quality, one.cost_usd, round(one.latency_s, 1), one.n_calls)
            for one in comparison.fared
        ],
        title=f"One batch under several policies, by the answers of step {comparison.step}",
    )
    print_grid(
        ("policy", "items", "quality", "95 %", "USD an item", "95 %", "seconds an item", "95 %"),
        [
            (one.policy, one.quality.n, *told(one.quality), *told(one.cost_usd), *told(one.latency_s))
            for one in comparison.against
        ],
        title=f"Item by item, less {comparison.fared[0].policy}",
    )
    print_grid(
        (
            "policy", "of the strongest's quality", "calls to the strongest", "saved against strongest",
            "against random", "10⁶ weights a call", "times as fast",
        ),
        [headline_row(one) for one in comparison.headlines],
        title="Against the strongest model and random routing",
    )  # fmt: skip
    for sentence in notes_on(comparison.headlines):
        console().print(sentence, highlight=False, soft_wrap=True)


def headline_row(one: RunHeadline) -> tuple[object, ...]:
    """One policy's headline figures: the share of calls from 95 % of the strongest's quality on, speed at equal one."""
    is_good_enough = one.is_good_enough is not False
    return (
        one.policy,
        one.quality_ratio,
        one.strongest_share if is_good_enough else None,
        saving_cell(one.saving_against_strongest),
        saving_cell(one.saving_against_random),
        one.mean_parameters_m,
        one.speed_up if one.is_equal else None,
    )


def saving_cell(saving: Saving) -> str | None:
    """A saving; one that rests on predictions says so."""
    if saving.share is None:
        return None
    return cell(saving.share) + (" predicted" if saving.evidence == "predicted" else "")


def notes_on(headlines: Sequence[RunHeadline]) -> list[str]:
    """What is left out of the headline figures, and why."""
    if all(one.quality_ratio is None for one in headlines):
        return ["Quality and speed are held against strongest if it is among --policies. Predicted: by costs foreseen."]
    notes = ["Speed is told where quality is equal: 95 % of the strongest's at least, and not shown to be below it."]
    if below := [one.policy for one in headlines if one.is_good_enough is False]:
        notes.append(f"Below 95 % of its quality, so without a share of calls: {', '.join(below)}.")
    return notes


def told(difference: Difference) -> tuple[float | None, str | None]:
    """A difference and its interval."""
    if difference.low is None:
        return difference.mean, None
    return difference.mean, f"{cell(difference.low)} to {cell(difference.high)}"
