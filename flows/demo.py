"""The demo: the main job routed by rules, and the same items under single models and simpler policies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from prefect import flow

from flows.printing import console, print_grid, print_json
from flows.progress import show_progress
from flows.reports import print_run, run_account
from flows.run_job import run_job
from flows.standings import compare, verdict
from policies.evaluation.answered import Standing
from policies.evaluation.mcnemar import discordance
from tasks.clock import now
from tasks.closed import Closed
from tasks.manifest import folder_of
from tasks.run_request import RunRequest
from tasks.settings import current_home
from warehouse.batch import Fields, Item, read_items

JOBS = Path(__file__).parent / "jobs"
JOB, QUESTIONS = JOBS / "stdlib_qa.yaml", JOBS / "stdlib_qa.jsonl"
ANSWER_STEP = "answer"
ROUTED = "routed by rules"
CHEAPEST = "always cheapest (extract alone)"
# What is run besides the routed job: on every item where that takes seconds, else on the fixed sample.
RIVALS: Mapping[str, str] = {
    CHEAPEST: "cheapest",
    "always strongest": "strongest",
    "smollm2-135m alone": "fixed:smollm2-135m",
    "qwen2.5-coder-0.5b alone": "fixed:qwen2.5-coder-0.5b",
}
ON_ALL_ITEMS = frozenset({CHEAPEST})


def run_demo(*, run_id: str | None, sample: int, as_json: bool) -> None:
    """Run the job, then its rivals; print the job's account, and two comparisons: on all items, and on the sample."""
    home, stem = current_home(), run_id or f"demo-{now():%Y%m%d-%H%M%S}"
    names = {ROUTED: stem} | {name: f"{stem}-{slug(name)}" for name in RIVALS}
    closed = run_all(names, sample=sample)
    on_all = {name: run_id for name, run_id in names.items() if name == ROUTED or name in ON_ALL_ITEMS}
    tables = [compare(home, on_all, step=ANSWER_STEP), compare(home, names, step=ANSWER_STEP)]
    if as_json:
        print_json({"run": run_account(home, closed.run_id), "comparisons": [comparison_of(one) for one in tables]})
        return
    print_run(home, closed.run_id, outputs=Path(closed.outputs), as_json=False)
    for standings in tables:
        print_standings(standings, n_batch=closed.n_items)


@flow(name="demo")
def run_all(names: Mapping[str, str], sample: int) -> Closed:
    """The routed job on every question, then each rival on the sample; all in one process, so that models load once."""
    request = RunRequest(job=str(JOB), input=str(QUESTIONS), run_id=names[ROUTED])
    closed = run_shown(request, label="the job, routed by rules")
    for name, policy in RIVALS.items():
        rival = request.model_copy(update={"run_id": names[name], "policy": policy})
        if name in ON_ALL_ITEMS:
            run_shown(rival, label=f"all items, {name}")
        else:
            items = systematic_sample(read_items(QUESTIONS), sample)
            run_shown(rival.model_copy(update={"input": None, "items": items}), label=f"{sample} items, {name}")
    return closed


def systematic_sample(items: Sequence[Item], size: int) -> tuple[Fields, ...]:
    """Every n-th item from the middle of the first stretch on: the file's kinds in proportion, the same every time."""
    return tuple(items[(2 * i + 1) * len(items) // (2 * size)].fields for i in range(size))


def run_shown(request: RunRequest, *, label: str) -> Closed:
    """Run a request under a progress bar."""
    with show_progress(folder_of(current_home().runs, request.run_id or ""), label=label):
        return run_job(request)


def comparison_of(standings: Sequence[Standing]) -> list[dict[str, object]]:
    """A comparison for programs: each policy, and the items that only it or the routed one had right."""
    ours = next(one for one in standings if one.name == ROUTED)
    return [
        {
            "name": one.name,
            "n_items": one.n_items,
            "n_right": one.n_right,
            "cost_usd": one.cost_usd,
            "latency_s": one.latency_s,
            "against_routed": None if one is ours else discordance(ours.right, one.right),
        }
        for one in standings
    ]


def print_standings(standings: Sequence[Standing], *, n_batch: int) -> None:
    """The comparison as a table, and in a sentence that says so where routing bought nothing."""
    columns = ("policy", "right", "of", "cost, USD", "seconds of calls")
    rows = [(one.name, one.n_right, one.n_items, one.cost_usd, round(one.latency_s, 1)) for one in standings]
    print_grid(columns, rows, title=f"The same {standings[0].n_items} items under other policies")
    console().print(verdict(standings, routed=ROUTED, n_batch=n_batch), "\n", highlight=False)


def slug(name: str) -> str:
    """A name as part of a run's."""
    return "".join(c if c.isalnum() else "-" for c in name)
