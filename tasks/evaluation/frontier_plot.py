"""The frontier as an SVG: mean hulls over the splits with their spread, single models and baselines as points."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from policies.evaluation.frontier import Point, hull
from policies.evaluation.outcomes import Floats
from tasks.evaluation.evaluating import Evaluation
from tasks.evaluation.sheets import CALLS, cost_column

if TYPE_CHECKING:
    from matplotlib.axes import Axes

N_COSTS = 200
ORACLE = "oracle"
MARKED = ("random", "per-task best")  # of the policies, those that are no point of a curve
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

    costs = costs_of(evaluation.singles)
    with mpl.rc_context(SETTINGS):  # type: ignore[arg-type]  # a dict of literals; Matplotlib checks its keys
        figure = Figure(figsize=(10, 5.5), layout="constrained")
        axes = figure.subplots()
        set_axes(axes, costs * scale_of(evaluation), evaluation)
        for number, (name, hulls) in enumerate(curves_of(evaluation)):
            draw_curve(axes, name, number, hulls=hulls, costs=costs, scale=scale_of(evaluation))
        for name, point in zip(evaluation.models, evaluation.singles, strict=True):
            draw_point(axes, name, point, scale=scale_of(evaluation), colour="#777777")
        for policy in evaluation.policies:
            if policy.name in MARKED and policy.quality.mean is not None and policy.cost_usd.mean is not None:
                mean = Point(policy.quality.mean, policy.cost_usd.mean)
                draw_point(axes, policy.name, mean, scale=scale_of(evaluation), colour="#000000")
        figure.legend(loc="outside right upper", fontsize=8, frameon=False)
        buffer = io.BytesIO()
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    return buffer.getvalue()


def set_axes(axes: Axes, x: Floats, evaluation: Evaluation) -> None:
    """What the axes say, and how far they go."""
    axes.set_xlabel(cost_column(evaluation))
    axes.set_ylabel("quality, %")
    axes.grid(visible=True, alpha=0.3)
    if x[0] > 0 and x[-1] / x[0] > LOGARITHMIC_FROM:
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter("{x:g}")
        axes.xaxis.set_minor_formatter("{x:g}")
        axes.tick_params(axis="x", which="minor", labelsize=7)


def draw_curve(
    axes: Axes, name: str, number: int, *, hulls: Sequence[Sequence[Point]], costs: Floats, scale: float
) -> None:
    """The mean of the hulls, within one standard deviation."""
    colour = "#555555" if name == ORACLE else COLOURS[number % len(COLOURS)]
    qualities = np.array([qualities_at(points, costs) for points in hulls]) * 100
    known = ~np.isnan(qualities).any(axis=0)
    mean, spread = qualities.mean(axis=0)[known], qualities.std(axis=0)[known]
    style = STYLES[number // len(COLOURS) % len(STYLES)]
    axes.plot(costs[known] * scale, mean, style, color=colour, label=name, linewidth=1.8)
    axes.fill_between(costs[known] * scale, mean - spread, mean + spread, color=colour, alpha=0.15, linewidth=0)


def draw_point(axes: Axes, name: str, point: Point, *, scale: float, colour: str) -> None:
    """A policy without a frontier, with its name."""
    at = (point.cost_usd * scale, point.quality * 100)
    axes.plot(*at, "o", color=colour, markersize=4)
    middle = axes.transData.transform(at)[0] - axes.transAxes.transform((0.5, 0))[0]
    side, offset = ("right", -4) if middle > 0 else ("left", 4)  # so that names stay within the axes
    axes.annotate(name, at, xytext=(offset, 4), textcoords="offset points", fontsize=7, color=colour, ha=side)


def scale_of(evaluation: Evaluation) -> float:
    """From a cost per call to the axis."""
    return CALLS if evaluation.cost_unit == "usd" else 100


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
        (ORACLE, [s.oracle_points for s in splits]),
    ]


def costs_of(singles: Sequence[Point]) -> Floats:
    """Where the curves are drawn: from the cheapest single model's cost to the costliest one's."""
    low, high = min(p.cost_usd for p in singles), max(p.cost_usd for p in singles)
    return np.geomspace(low, high, N_COSTS) if low > 0 else np.linspace(low, high, N_COSTS)


def qualities_at(points: Sequence[Point], costs: Floats) -> Floats:
    """The hull at some costs; NaN before its cheapest point."""
    edge = hull(points)
    return np.interp(costs, [p.cost_usd for p in edge], [p.quality for p in edge], left=np.nan)
