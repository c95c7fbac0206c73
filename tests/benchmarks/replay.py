"""Routers on recorded outcomes, ours beside the field's: `python -m tests.benchmarks.replay`.

Every router learns from the same half of each data set, on the same features, and is measured on the other half by the
harness of `pointsman replay`: mean and standard deviation over random halves. The bars are our predictor's; what peers
come to is shown and not judged. The reference figures of the data's README are reproduced on its own split.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table

from policies.evaluation.full import RouterResult, evaluate_split
from policies.evaluation.log import LogSettings, evaluate_log
from policies.evaluation.router import Router
from policies.evaluation.table import OutcomeTable
from policies.evaluation.task_means import TaskMeansRouter
from tasks.evaluation.routers import BUILT_IN
from tests.benchmarks.replaying.apgr_of import apgr_of_gains, gains, on_unseen_tasks, pooled, with_labels
from tests.benchmarks.replaying.bars import judge
from tests.benchmarks.replaying.reference import reproduce
from tests.benchmarks.replaying.results import Result
from tests.benchmarks.replaying.tables import FILES, Suite, load_suite
from tests.benchmarks.routers.clusters import ClustersRouter
from tests.benchmarks.routers.features import encoded
from tests.benchmarks.routers.linear_heads import HeadsRouter
from tests.benchmarks.routers.matrix_factorization import FactorizationRouter
from tests.benchmarks.routers.nearest_neighbours import NeighboursRouter
from tests.benchmarks.routers.random_scores import RandomRouter

OURS = "predictor"  # its name in `BUILT_IN`
PEERS: tuple[Router, ...] = (
    RandomRouter(),
    NeighboursRouter(),
    FactorizationRouter(),
    HeadsRouter(),
    ClustersRouter(),
)
N_FOLDS = 5
COLUMNS = 5  # of a printed table
FEW_LABELS = 1_500
NOT_FROM_A_LOG = ("random", "matrix factorisation", "K-means clusters")  # no pairs to learn from, or slow to learn anew
ALL_TOLD = "task means, all told"  # no log: what a cold start would cost if nothing had to be found out
LESS = 1  # of the harness's floors: the strongest less 1 point


class Measured:
    """Figures by suite, router and name, one value per split, in the order in which they were measured."""

    def __init__(self) -> None:
        self.values: dict[tuple[str, str, str], list[float | None]] = {}

    def add(self, suite: str, router: str, figure: str, value: float | None) -> None:
        self.values.setdefault((suite, router, figure), []).append(value)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print the tables and the JSON line; 1 where a bar fails or data is missing."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--splits", type=int, default=5)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", choices=("ours", "peers"), help="for a quicker look; nothing is judged")
    options = parser.parse_args(arguments)
    missing = [name for name in FILES if not (options.data / name).exists()]
    if missing:
        print(f"{options.data} has no {', '.join(missing)}: name the folder by --data", file=sys.stderr)
        return 1
    measured = Measured()
    seeds = range(options.seed, options.seed + options.splits)
    references = measure(measured, routers_of(options.only), options.data, seeds)
    results = [Result(": ".join(key), tuple(values)) for key, values in measured.values.items()]
    ours = BUILT_IN[OURS]().name if OURS in BUILT_IN and options.only is None else None
    bars = [*references, *(() if ours is None else judge(measured.values, ours))]
    for suite in dict.fromkeys(suite for suite, _, _ in measured.values):
        print_suite(suite, measured)
    print_bars(bars)
    if ours is None:
        print("our predictor did not run: none of its bars was judged")
    print(json.dumps({"bench": "replay", "results": [result.row() for result in (*bars, *results)]}))
    return 0 if all(result.ok is not False for result in bars) else 1


def routers_of(only: str | None) -> tuple[Router, ...]:
    """Ours, then the peers."""
    ours = tuple(make() for make in BUILT_IN.values())
    return {"ours": ours, "peers": (BUILT_IN["task-means"](), *PEERS)}.get(only or "", (*ours, *PEERS))


def measure(measured: Measured, routers: Sequence[Router], data: Path, seeds: range) -> list[Result]:
    """Every figure of every suite; returns how far the data's reference figures are off."""
    llmrouter, arena, routellm = (load_suite(data, name) for name in ("llmrouter", "routerarena", "routellm"))
    mmlu, gsm8k = routellm.part("MMLU", "mmlu_*"), routellm.part("GSM8K", "gsm8k")
    for suite in (llmrouter, mmlu, gsm8k, arena):
        progress(f"{suite.name}: {len(suite.table):,} prompts", lambda suite=suite: encoded(suite.table.prompts.texts))
        progress(f"{suite.name}: halves", lambda suite=suite: measure_halves(measured, suite, routers, seeds))
    progress("llmrouter: cold starts", lambda: measure_logs(measured, llmrouter, routers, seeds))
    progress("MMLU and GSM8K: little to go by", lambda: measure_little(measured, mmlu, gsm8k, routers, seeds))
    return list(reproduce(llmrouter, mmlu))


def progress(what: str, work: Callable[[], object]) -> None:
    """Say on standard error what is being done, and what it took."""
    started_s = time.process_time()
    work()
    print(f"{what}: {time.process_time() - started_s:.0f} s CPU", file=sys.stderr, flush=True)


def measure_halves(measured: Measured, suite: Suite, routers: Sequence[Router], seeds: range) -> None:
    """The harness's figures of mode full; policies that need no router stand under their own names."""
    for seed, train, test in suite.halves(seeds):
        split = evaluate_split(train, test, routers=routers, seed=seed, clock=time.process_time)
        measured.add(suite.name, "best single", "AIQ", split.singles_aiq)
        measured.add(suite.name, "oracle", "AIQ", split.oracle_aiq)
        known = split.baselines
        for name, means in (
            ("cheapest", known.cheapest),
            ("random model", known.random),
            ("best single", known.best_single),
            ("per-task best", known.per_task_best),
            ("oracle", known.oracle),
        ):
            measured.add(suite.name, name, "quality", means.quality)
            measured.add(suite.name, name, "USD per 1,000", means.cost_usd * 1_000)
        for result in split.routers:
            add_result(measured, suite.name, result)


def add_result(measured: Measured, suite: str, result: RouterResult) -> None:
    """One router's figures on one split."""
    less = result.at_floors[LESS]
    saving = less.saving_against_strongest
    figures: dict[str, float | None] = {
        "AIQ": result.aiq,
        "-1 point: gap": less.quality_difference,
        "-1 point: cost share": None if saving is None else 1 - saving,
        "-1 point: missed": float(result.is_below_floor[LESS]),
        "λ = 0: gap": result.at_best.quality_difference,
        "ECE": result.ece,
        "Brier": result.brier,
        "µs, vectors known": result.decision_s * 1e6,
    }
    if result.strong_share is not None:
        two = result.strong_share
        figures |= {"APGR": two.apgr, "CPT 50": two.cpt_50, "CPT 80": two.cpt_80}
    for figure, value in figures.items():
        measured.add(suite, result.router, figure, value)


def measure_logs(measured: Measured, suite: Suite, routers: Sequence[Router], seeds: range) -> None:
    """Cold starts; beside them what the full-information router comes to at the same cost."""
    for seed, train, test in suite.halves(seeds):
        for router in routers:
            if router.name in NOT_FROM_A_LOG:
                continue
            result = evaluate_log(router, train, test, seed=seed, settings=LogSettings())
            measured.add(suite.name, router.name, "log ratio", result.ratio_to_full)
            measured.add(suite.name, router.name, "log ratio, last quarter", result.late_ratio_to_full)
            measured.add(suite.name, router.name, "log regret", result.progress[-1].regret)
        told = evaluate_log(TaskMeansRouter(), train, test, seed=seed, settings=LogSettings(is_all_told=True))
        measured.add(suite.name, ALL_TOLD, "log ratio", told.ratio_to_full)


def measure_little(measured: Measured, mmlu: Suite, gsm8k: Suite, routers: Sequence[Router], seeds: range) -> None:
    """Few labels, pooled folds, unseen task types, and another benchmark than the one learned from."""
    for seed, train, test in mmlu.halves(seeds):
        for router in routers:
            few = with_labels(router, train, test, n_labels=FEW_LABELS, seed=seed)
            measured.add("MMLU", router.name, "APGR 1500", few)
            unseen = on_unseen_tasks(router, mmlu.table, n_folds=N_FOLDS, seed=seed)
            measured.add("MMLU", router.name, "APGR unseen", unseen)
            measured.add("GSM8K", router.name, "APGR pooled", pooled(router, gsm8k.table, n_folds=N_FOLDS, seed=seed))
            measured.add("MMLU to GSM8K", router.name, "APGR", across(router, train, gsm8k.table, seed=seed))


def across(router: Router, train: OutcomeTable, test: OutcomeTable, *, seed: int) -> float | None:
    """Learned from one benchmark, and measured on another."""
    return apgr_of_gains(gains(router, train, test, seed=seed), test)


def print_suite(suite: str, measured: Measured) -> None:
    """One suite's figures: a line per router, a few figures at a time."""
    of_suite = {(router, figure): values for (name, router, figure), values in measured.values.items() if name == suite}
    figures = list(dict.fromkeys(figure for _, figure in of_suite))
    for start in range(0, len(figures), COLUMNS):
        some = figures[start : start + COLUMNS]
        table = Table(title=suite, title_justify="left", box=box.SIMPLE_HEAD)
        for column in ("", *some):
            table.add_column(column, justify="right" if column else "left")
        for router in dict.fromkeys(router for router, figure in of_suite if figure in some):
            table.add_row(router, *(shown(of_suite.get((router, figure))) for figure in some))
        Console(width=24 + 21 * COLUMNS).print(table)


def print_bars(bars: Sequence[Result]) -> None:
    """What was judged."""
    table = Table(title="bars", title_justify="left")
    for column in ("", "value", "spread", "bar", ""):
        table.add_column(column, justify="right" if column else "left")
    for one in bars:
        bar = "–" if one.bar is None else f"{'≥' if one.is_floor else '≤'} {one.bar:g}"
        verdict = "" if one.bar is None else "ok" if one.ok else "FAILS"
        table.add_row(one.name, "–" if one.value is None else f"{one.value:.4f}", shown(one.values), bar, verdict)
    Console(width=140).print(table)


def shown(values: Sequence[float | None] | None) -> str:
    """Mean and standard deviation."""
    spread = Result("", tuple(values or ())).spread
    if spread.mean is None:
        return "–"
    return f"{spread.mean:.4f}" if spread.sd is None else f"{spread.mean:.4f} ± {spread.sd:.4f}"


if __name__ == "__main__":
    sys.exit(main())
