"""`pointsman replay`: routers evaluated offline on a table of prompts × models."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from flows.commands.options import AsJson
from flows.printing import print_grid, print_json
from policies.errors import BadInputError
from tasks.run_context import load_catalogue
from tasks.settings import load_settings

if TYPE_CHECKING:
    from policies.evaluation.cascading import NoisyCheck
    from tasks.evaluation.evaluating import Evaluation


def replay(
    data: Annotated[
        Path,
        typer.Argument(
            help="The table, Parquet or CSV: one row per prompt and model, with query_id, prompt, dataset or task_type,"
            " model, quality in [0, 1], cost_usd.",
            metavar="DATA",
        ),
    ],
    mode: Annotated[
        Literal["full", "log"],
        typer.Option(help="Learn from all outcomes of one half and route the other, or from a cold start."),
    ] = "full",
    router: Annotated[
        list[str] | None,
        typer.Option(
            help="A router: task-means, or package.module:name of one's own; may be repeated; none: all ours."
        ),
    ] = None,
    splits: Annotated[int, typer.Option(min=1, max=1000, help="Random halves, of the seeds from --seed on.")] = 5,
    seed: Annotated[int, typer.Option(min=0, help="Seed of every random choice.")] = 0,
    only: Annotated[
        list[str] | None, typer.Option(help="Task types to evaluate, as a pattern such as 'mmlu_*'; may be repeated.")
    ] = None,
    contaminated: Annotated[
        str | None,
        typer.Option(help="Leave out contaminated prompts: a column of true and false, or a file of prompts or ids."),
    ] = None,
    skip_unpriced: Annotated[bool, typer.Option("--skip-unpriced", help="Leave out prompts without a cost.")] = False,
    chunk_size: Annotated[int, typer.Option(min=1, help="Mode log: prompts that are decided at once.")] = 100,
    budget_share: Annotated[
        float,
        typer.Option(
            min=0, max=1, help="Mode log: how far from the cheapest model's mean cost to the costliest one's."
        ),
    ] = 0.25,
    check_precision: Annotated[
        float | None,
        typer.Option(
            min=0.01,
            max=1,
            help="Mode full: evaluate cascades too, with a check of whose passing answers so many are right.",
        ),
    ] = None,
    check_recall: Annotated[
        float | None, typer.Option(min=0.01, max=1, help="And which passes so many of the right answers.")
    ] = None,
    plot: Annotated[Path | None, typer.Option(help="Write frontier.svg and frontier.html into this folder.")] = None,
    as_json: AsJson = False,
) -> None:
    """Evaluate routers on recorded outcomes: quality, cost, frontier, calibration, against policies and the oracle.

    Half of the prompts are learned from, the others routed, over several splits; no model is called. Each router
    predicts, and its choices are the argmax of q - λc at every λ.
    """
    if plot is not None and mode != "full":
        raise BadInputError("only the frontier of mode full is drawn", field="--plot", value=str(plot))
    check = check_of(check_precision, check_recall, mode=mode)
    from policies.evaluation.log import LogSettings  # with all that follows, brings in pandas
    from tasks.evaluation.evaluating import evaluate, load_table
    from tasks.evaluation.plotting import write_plots
    from tasks.evaluation.routers import routers_named
    from tasks.evaluation.selecting import Selection

    routers = routers_named(router or ())
    sizes_m = {m.name: m.parameters_m for m in load_catalogue(load_settings().catalog_file).models if m.parameters_m}
    selection = Selection(tuple(only or ()), contaminated, skip_unpriced)
    evaluated = load_table(data, selection, sizes_m=sizes_m)
    evaluation = evaluate(
        evaluated,
        routers,
        mode=mode,
        seeds=range(seed, seed + splits),
        log_settings=LogSettings(chunk_size=chunk_size, budget_share=budget_share),
        clock=time.process_time,
        check=check,
    )
    if as_json:
        print_json(evaluation)
    else:
        tell(evaluation)
    if plot is not None:
        drawn, shown = write_plots(evaluation, plot, caption=caption_of(evaluation))
        typer.echo(f"wrote {drawn} and {shown}", err=True)


def check_of(precision: float | None, recall: float | None, *, mode: str) -> NoisyCheck | None:
    """The check that cascades are evaluated with; `BadInputError` for half of one, or in another mode than full."""
    if (precision is None) != (recall is None):
        raise BadInputError("go together", field="--check-precision and --check-recall")
    if precision is None or recall is None:
        return None
    if mode != "full":
        raise BadInputError("cascades are evaluated in mode full", field="--check-precision", value=precision)
    from policies.evaluation.cascading import NoisyCheck

    return NoisyCheck(precision, recall)


def tell(evaluation: Evaluation) -> None:
    """The report for people."""
    from tasks.evaluation.sheets import sheets_of

    typer.echo(caption_of(evaluation))
    for sheet in sheets_of(evaluation):
        print_grid(sheet.columns, sheet.rows, title=sheet.title)


def caption_of(evaluation: Evaluation) -> str:
    """What was evaluated, in a sentence or two."""
    out = evaluation.left_out
    counts = {"not asked for": out.not_asked_for, "contaminated": out.contaminated, "without a cost": out.unpriced}
    left_out = ", ".join(f"{n:,} {why}" for why, n in counts.items() if n)
    seeds = evaluation.seeds
    spread = "mean ± standard deviation over" if len(seeds) > 1 else "on"
    seen = sum(split.n_seen_texts for split in evaluation.splits)
    parts = [
        f"{counted(evaluation.n_prompts, 'prompt')} of {counted(evaluation.n_task_types, 'task type')}"
        f" × {counted(len(evaluation.models), 'model')}, {spread} {counted(len(seeds), 'split')} of seed {seeds[0]}"
        + (f" to {seeds[-1]}." if len(seeds) > 1 else "."),
        f"Left out: {left_out}." if left_out else "",
        f"{seen:,} routed prompts, over all splits, stand word for word in the half learned from." if seen else "",
        "No cost is known: costs are calls of the stronger model." if evaluation.cost_unit == "strong_calls" else "",
    ]
    return " ".join(part for part in parts if part)


def counted(n: int, what: str) -> str:
    """So many of something."""
    return f"{n:,} {what}" if n == 1 else f"{n:,} {what}s"
