"""What credit is worth on a pipeline with known truth: `python -m tests.benchmarks.credit`.

Rewrite → retrieve → answer, whose rewrites have a check that says nearly nothing; most items were served by one draw
for both steps, as where one rule picks the large model everywhere. Weights are learned from each log by own scores
alone, by the plain average of the final scores, and by credit; the same batch is allocated by each under the same
budget, and what counts is its true final quality. Beside them are the weights that the truth would give.
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from collections.abc import Iterator, Sequence

import numpy as np

from policies.main_effects import CoServed, Level, main_effects
from tests.benchmarks.large_ledger.figures import Figure, report
from tests.policies.credit_pipeline import Learned, draw_log, draw_pipeline, lead_of, learn, reached

HOWS: tuple[Learned, ...] = ("own scores", "plain average", "credit", "truth")
SHARES = (0.2, 0.4, 0.6)  # of the way from the cheapest plan to the dearest


def figures(n_seeds: int) -> Iterator[Figure]:
    """Qualities, paired differences with the lower end of their 95 % interval, and what is wrong with the estimates."""
    found: dict[tuple[Learned, float], list[float]] = {(how, share): [] for how in HOWS for share in SHARES}
    wrong: dict[Learned, list[float]] = {how: [] for how in HOWS}
    for seed in range(n_seeds):
        pipeline = draw_pipeline(seed)
        log = draw_log(pipeline, seed)
        weights = {how: learn(pipeline, log, how) for how in HOWS}
        for how in HOWS:
            wrong[how].append(lead_of(weights[how], "rewrite") - lead_of(weights["truth"], "rewrite"))
            for share in SHARES:
                found[how, share].append(100 * reached(pipeline, weights[how], share=share))
    for share in SHARES:
        for how in HOWS:
            yield Figure(f"budget {share:.0%}: true quality by {how}", float(np.mean(found[how, share])), "%")
        for other in ("own scores", "plain average"):
            gain, low = paired(found["credit", share], found[other, share])
            yield Figure(f"budget {share:.0%}: credit less {other}", gain, "pt")
            yield Figure(f"budget {share:.0%}: lower end of its 95 % interval", low, "pt", 0.0, is_floor=True)
    for how in HOWS[:3]:
        bar = 2.0 if how == "credit" else None
        yield Figure(f"rewrites, large less small: bias by {how}", abs(100 * float(np.mean(wrong[how]))), "pt", bar)
        rms = 100 * math.sqrt(float(np.mean(np.square(wrong[how]))))
        yield Figure(f"rewrites, large less small: error (RMS) by {how}", rms, "pt")


def paired(ours: Sequence[float], theirs: Sequence[float]) -> tuple[float, float]:
    """The mean difference over the seeds, and the lower end of its 95 % interval (normal)."""
    differences = np.subtract(ours, theirs)
    error = float(differences.std(ddof=1)) / math.sqrt(len(differences))
    return float(differences.mean()), float(differences.mean()) - 1.96 * error


def large(n_steps: int, n_models: int) -> Figure:
    """How long the effects take in a job of many steps and models; items do not count."""
    levels = [Level(f"step-{s:02}", "generate", f"m-{m:02}") for s in range(n_steps) for m in range(n_models)]
    pairs = [
        CoServed(one, other, 1000 if one == other else 1000 // n_models, 500.0, 400.0)
        for one in levels
        for other in levels
        if other.step < one.step or other == one
    ]
    started = time.process_time()
    main_effects(pairs, final_step=levels[-1].step)
    return Figure(f"effects of {n_steps} steps × {n_models} models, CPU", time.process_time() - started, "s", 30.0)


def main() -> int:
    """Measure and report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", help="not used: the pipelines are drawn")
    parser.add_argument("--seeds", type=int, default=60)
    options = parser.parse_args()
    return report("credit", [*figures(options.seeds), large(20, 20)])


if __name__ == "__main__":
    sys.exit(main())
