"""The frontier as an SVG: mean hulls over the splits with their spread, single models and baselines as points."""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np

from policies.evaluation.frontier import Point, hull
from policies.evaluation.outcomes import Floats
from tasks.evaluation.evaluating import Evaluation
from tasks.evaluation.sheets import CALLS, cost_column

N_COSTS = 200
LOGARITHMIC_FROM = (
    8.0  # the costliest model's cost over the cheapest one's, beyond which a linear axis hides the latter
)
# Okabe & Ito, "Color universal design" (2008): told apart by colour-blind people too.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#F0E442")
STYLES = ("-", "--", "-.", ":")
SETTINGS = {
    "svg.fonttype": "none",  # text stays text: smaller, and it can be searched
    "svg.hashsalt": "pointsman",  # else ids are drawn anew each time
    "font.family": "sans-serif",
    "axes.spines.top": False,
    "axes.spines.right": False,
}


def draw_frontier(evaluation: Evaluation) -> bytes:
    """The plot of an evaluation of mode `full`; the same bytes for the same evaluation."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    scale = CALLS if evaluation.cost_unit == "usd" else 100
    singles = evaluation.singles
    costs = costs_of(singles)
    with mpl.rc_context(SETTINGS):  # type: ignore[arg-type]  # a dict of literals; Matplotlib checks its keys
        figure = Figure(figsize=(9, 5.5), layout="constrained")
        axes = figure.subplots()
        for number, (name, hulls) in enumerate(curves_of(evaluation)):
            colour = "#555555" if name == "oracle" else COLOURS[number % len(COLOURS)]
            style = STYLES[number // len(COLOURS) % len(STYLES)]
            qualities = np.array([qualities_at(points, costs) for points in hulls]) * 100
            known = ~np.isnan(qualities).any(axis=0)
            mean, spread = qualities.mean(axis=0)[known], qualities.std(axis=0)[known]
            x = costs[known] * scale
            axes.plot(x, mean, style, color=colour, label=name, linewidth=1.8)
            axes.fill_between(x, mean - spread, mean + spread, color=colour, alpha=0.15, linewidth=0)
        for name, point in zip(evaluation.models, singles, strict=True):
            axes.plot(point.cost_usd * scale, point.quality * 100, "o", color="#999999", markersize=4)
            at = (point.cost_usd * scale, point.quality * 100)
            axes.annotate(name, at, xytext=(4, 3), textcoords="offset points", fontsize=7, color="#555555")
        for policy in evaluation.policies:
            if policy.name in {"random", "per-task best"} and policy.cost_usd.mean is not None:
                at = (policy.cost_usd.mean * scale, (policy.quality.mean or 0.0) * 100)
                axes.plot(*at, "D", color="#000000", markersize=4)
                axes.annotate(policy.name, at, xytext=(4, 3), textcoords="offset points", fontsize=7)
        axes.set_xlabel(cost_column(evaluation))
        axes.set_ylabel("quality, %")
        if costs[0] > 0 and costs[-1] / costs[0] > LOGARITHMIC_FROM:
            axes.set_xscale("log")
        axes.grid(visible=True, alpha=0.3)
        axes.legend(loc="lower right", fontsize=8, frameon=False)
        buffer = io.BytesIO()
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    return buffer.getvalue()


def curves_of(evaluation: Evaluation) -> list[tuple[str, list[Sequence[Point]]]]:
    """Each curve's name, and its points on each split."""
    splits = evaluation.splits
    routers: list[tuple[str, list[Sequence[Point]]]] = [
        (router.router, [split.routers[number].points for split in splits])
        for number, router in enumerate(evaluation.routers)
    ]
    return [
        ("single models", [split.singles for split in splits]),
        *routers,
        ("oracle", [s.oracle_points for s in splits]),
    ]


def costs_of(singles: Sequence[Point]) -> Floats:
    """Where the curves are drawn: from the cheapest single model's cost to the costliest one's."""
    low, high = min(p.cost_usd for p in singles), max(p.cost_usd for p in singles)
    return np.geomspace(low, high, N_COSTS) if low > 0 else np.linspace(low, high, N_COSTS)


def qualities_at(points: Sequence[Point], costs: Floats) -> Floats:
    """The hull at some costs; NaN before its cheapest point."""
    edge = hull(points)
    return np.interp(costs, [p.cost_usd for p in edge], [p.quality for p in edge], left=np.nan)
