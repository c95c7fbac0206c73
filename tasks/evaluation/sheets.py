"""An evaluation as the sheets that people read, on the terminal and on the page; each cell is text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from policies.evaluation.cascade_summary import CascadeSummary
from policies.evaluation.cascading import NoisyCheck
from policies.evaluation.operating_point import FLOORS
from policies.evaluation.spread import Spread
from policies.evaluation.summary import FloorSummary, HeadlineSummary
from tasks.evaluation.evaluating import Evaluation

NOTHING = "–"
CALLS = 1_000  # what costs are told per
MOST_CASCADES = 8  # of a table of nine models there are 72


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table with its title."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def sheets_of(evaluation: Evaluation) -> Iterator[Sheet]:
    """Every sheet of an evaluation, in the order in which they are read."""
    if evaluation.mode == "log":
        yield log_sheet(evaluation)
        columns = headline_columns(evaluation, [(log.router, log.headline) for log in evaluation.logs])
        yield sheet_of_known("Against the strongest model and random routing", columns)
        yield model_sheet(evaluation, [(log.router, log.headline.shares) for log in evaluation.logs])
        return
    yield overview(evaluation)
    if len(evaluation.models) == 2:
        yield strong_share_sheet(evaluation)
    for number, floor in enumerate(FLOORS):
        rows = [(router.router, router.at_floors[number]) for router in evaluation.routers]
        yield floor_sheet(evaluation, f"Run for a quality of {floor.name}", rows)
    yield model_sheet(
        evaluation, [(router.router, router.at_floors[0].headline.shares) for router in evaluation.routers]
    )
    if evaluation.cascades is not None and evaluation.check is not None:
        yield cascade_sheet(evaluation.cascades, evaluation.check)
        yield plain_sheet(evaluation.cascades, evaluation)
    yield calibration_sheet(evaluation)


def overview(evaluation: Evaluation) -> Sheet:
    """The policies' points, and the area under every frontier."""
    rows = [
        (p.name, percent(p.quality), cost(p.cost_usd, evaluation), NOTHING if p.aiq is None else percent(p.aiq))
        for p in evaluation.policies
    ]
    rows += [(r.router, percent(r.quality), cost(r.cost_usd, evaluation), percent(r.aiq)) for r in evaluation.routers]
    return Sheet(
        "Quality and cost; of routers at λ = 0",
        ("policy", "quality, %", cost_column(evaluation), "AIQ, %"),
        tuple(rows),
    )


def strong_share_sheet(evaluation: Evaluation) -> Sheet:
    """RouteLLM's figures."""
    rows = [(r.router, told(r.apgr, "{:.3f}"), percent(r.cpt_50), percent(r.cpt_80)) for r in evaluation.routers]
    columns = ("router", "APGR", "CPT(50 %), % of calls", "CPT(80 %), % of calls")
    return Sheet("Between the two models", columns, tuple(rows))


def floor_sheet(evaluation: Evaluation, title: str, rows: Sequence[tuple[str, FloorSummary]]) -> Sheet:
    """The headline figures where the routers are run for a floor, and how often they fell below it."""
    columns = headline_columns(evaluation, [(name, one.headline) for name, one in rows])
    missed = [f"{one.n_missed} of {len(evaluation.seeds)}" for _, one in rows]
    return sheet_of_known(title, [*columns, ("below", missed)])


def headline_columns(
    evaluation: Evaluation, rows: Sequence[tuple[str, HeadlineSummary]]
) -> list[tuple[str, Sequence[str]]]:
    """The headline figures of routers, column by column.

    Of most of them the means alone, so that they fit a screen; `--json` has their spread.
    """
    summaries = [one for _, one in rows]
    return [
        ("router", [name for name, _ in rows]),
        ("quality, %", [percent(one.quality) for one in summaries]),
        ("to strongest", [told(one.quality_difference, "{:+.2f}", scale=100) for one in summaries]),
        (cost_column(evaluation), [cost(mean_of(one.cost_usd), evaluation) for one in summaries]),
        ("strongest, %", [percent(mean_of(one.strongest_share)) for one in summaries]),
        ("saved, %", [percent(mean_of(one.saving_against_strongest)) for one in summaries]),
        ("on random, %", [percent(mean_of(one.saving_against_random)) for one in summaries]),
        ("10⁶ weights", [told(mean_of(one.mean_parameters_m), "{:,.0f}") for one in summaries]),
        ("speed-up", [told(mean_of(one.speed_up), "{:.2f}×") for one in summaries]),
    ]


def sheet_of_known(title: str, columns: Sequence[tuple[str, Sequence[str]]]) -> Sheet:
    """Columns as a sheet, without those of which nothing is known, as sizes and speed may be."""
    known = [(name, cells) for name, cells in columns if any(cell != NOTHING for cell in cells)]
    return Sheet(title, tuple(name for name, _ in known), tuple(zip(*(cells for _, cells in known), strict=True)))


def model_sheet(evaluation: Evaluation, shares: Sequence[tuple[str, Sequence[Spread]]]) -> Sheet:
    """Each model over the whole table, and the share of calls that each router gives it."""
    rows = [
        (
            model,
            f"{100 * single.quality:.2f}",
            cost(Spread(single.cost_usd, None, 1), evaluation),
            *(percent(some[number]) for _, some in shares),
        )
        for number, (model, single) in enumerate(zip(evaluation.models, evaluation.singles, strict=True))
    ]
    where = "" if evaluation.mode == "log" else f", run for {FLOORS[0].name}"
    columns = ("model", "quality, %", cost_column(evaluation), *(name for name, _ in shares))
    return Sheet(f"Models, and their calls in %{where}", columns, tuple(rows))


def calibration_sheet(evaluation: Evaluation) -> Sheet:
    """How far the predictions can be trusted, and what one takes."""
    rows = [
        (r.router, told(r.ece, "{:.4f}"), told(r.brier, "{:.4f}"), told(r.decision_s, "{:.1f}", scale=1e6))
        for r in evaluation.routers
    ]
    return Sheet("Predictions", ("router", "ECE", "Brier", "µs a decision (CPU)"), tuple(rows))


def cascade_sheet(cascades: CascadeSummary, check: NoisyCheck) -> Sheet:
    """What cascades add to the models, and to each router."""
    title = f"Cascades, with a check of precision {check.precision:.0%} and recall {check.recall:.0%}"
    plain = ("models alone", cascades.singles_aiq, cascades.aiq, NOTHING, cascades.plain_lift, NOTHING, NOTHING)
    rows = [plain] + [
        (r.router, r.aiq_alone, r.aiq, lift(r.best_lift_alone), r.best_lift, r.offered_share, r.cascaded_share)
        for r in cascades.routers
    ]
    columns = ("", "AIQ, %", "with cascades", "best over hull", "with cascades", "offered, %", "taken, %")
    shown = [(name, percent(a), percent(b), c, lift(d), *map(share, rest)) for name, a, b, c, d, *rest in rows]
    return Sheet(title, columns, tuple(shown))


def lift(value: Spread) -> str:
    """How many points above the single models' hull."""
    return told(value, "{:+.2f}", scale=100)


def share(value: Spread | str) -> str:
    """A share without its spread, or what stands in for it."""
    return value if isinstance(value, str) else percent(mean_of(value))


def plain_sheet(cascades: CascadeSummary, evaluation: Evaluation) -> Sheet:
    """The cascades that were expected to gain most, each for all prompts alike, and how many refuse themselves."""
    n_splits = len(evaluation.seeds)
    rows = [
        (
            f"{one.first} → {one.second}",
            lift(one.expected_lift),
            lift(one.lift),
            percent(one.quality),
            cost(one.cost_usd, evaluation),
            f"{one.n_refused} of {n_splits}",
        )
        for one in cascades.plain[:MOST_CASCADES]
    ]
    columns = ("cascade", "expected over hull", "came true", "quality, %", cost_column(evaluation), "refused")
    refused = f"{told(cascades.n_refused, '{:.1f}')} of {len(cascades.plain)} refuse themselves"
    return Sheet(f"One cascade for all prompts; {refused}", columns, tuple(rows))


def log_sheet(evaluation: Evaluation) -> Sheet:
    """The cold starts."""
    rows = [
        (
            log.router,
            percent(log.quality),
            cost(log.cost_usd, evaluation),
            percent(log.fixed_quality),
            told(log.regret, "{:,.0f}"),
            percent(log.ratio_to_full),
            percent(log.late_ratio_to_full),
        )
        for log in evaluation.logs
    ]
    columns = (
        "router",
        "quality, %",
        cost_column(evaluation),
        "best fixed at that cost, %",
        "regret, answers",
        "of full information, %",
        "in the last quarter, %",
    )
    return Sheet("From a cold start", columns, tuple(rows))


def cost_column(evaluation: Evaluation) -> str:
    """What costs are told in."""
    return f"USD per {CALLS:,}" if evaluation.cost_unit == "usd" else "stronger, % of calls"


def cost(value: Spread, evaluation: Evaluation) -> str:
    """A cost per call, as `cost_column` says."""
    return told(value, "{:.4f}", scale=CALLS) if evaluation.cost_unit == "usd" else percent(value)


def percent(value: Spread | None) -> str:
    """A share of 1 in per cent."""
    return told(value, "{:.2f}", scale=100)


def mean_of(value: Spread) -> Spread:
    """A figure without its spread."""
    return Spread(value.mean, None, value.n)


def told(value: Spread | None, form: str, *, scale: float = 1.0) -> str:
    """A mean with its spread."""
    if value is None or value.mean is None:
        return NOTHING
    mean = form.format(scale * value.mean)
    return mean if value.sd is None else f"{mean} ± {form.format(scale * value.sd).lstrip('+')}"
