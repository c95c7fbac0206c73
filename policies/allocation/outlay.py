"""The money of a job, spread over the requests of all its steps by one λ; and where one USD more would buy most."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from policies.allocation.allocation import reference
from policies.allocation.arrays import Floats
from policies.allocation.curve import Curve, curve_of
from policies.allocation.frontier import find_frontier
from policies.allocation.knapsack import ROUNDING, total
from policies.allocation.menu import Menu


@dataclass(frozen=True, slots=True)
class Weighed:
    """The requests of a step that can be weighed: their menu, and by what each multiplies the common λ.

    `quality` is (requests, models) what a floor of quality goes by, where the menu's values are less a price of
    latency; None: they are it.
    """

    menu: Menu
    dither: Floats
    quality: Floats | None = None


@dataclass(frozen=True, slots=True)
class Marginal:
    """What money buys in a step at λ, in quality per USD: the upgrade that is worth its price least of those made, and
    that which would be made next. None where there is none."""

    last_per_usd: float | None
    next_per_usd: float | None


@dataclass(frozen=True, slots=True)
class Outlay:
    """`lambda_` is the common λ in quality per USD, None where no limit binds money to quality.

    `gap` is how far the choices may be from the best possible, relative to their value or, under a floor alone, their
    cost; None without a limit. `floor_usd` is what the floor of quality costs at least; `highest_floor` the share that
    could be reached, where that is below the one that was asked for. `marginals` are per step.
    """

    lambda_: float | None
    gap: float | None
    floor_usd: float | None
    highest_floor: float | None
    marginals: Mapping[str, Marginal]


def spread_money(steps: Mapping[str, Weighed], *, budget_usd: float | None, floor: float | None) -> Outlay:
    """One λ for all steps: the smallest that keeps the budget, or the highest that keeps a share of the best quality.

    Where both are given, it is the floor's, so that no more is spent than it takes.
    """
    joint = stack([step.menu for step in steps.values()])
    dither = np.concatenate([np.zeros(0), *(step.dither for step in steps.values())])
    curve = curve_of(joint, dither)
    lambda_ = None if budget_usd is None else curve.lambda_within(budget_usd)
    floor_usd = highest_floor = None
    if floor is not None:
        quality = stack([quality_of(step) for step in steps.values()])
        wanted, path = reference(quality.priced()), quality_along(joint, dither, quality)
        enough = np.flatnonzero(path >= floor * wanted - ROUNDING * abs(wanted))
        if not len(enough):
            highest_floor = float(path.max(initial=0.0)) / wanted
        else:
            lambda_ = curve.lambda_after(int(enough[0]))
            floor_usd = float(curve.cost_usd[curve.n_made(lambda_)])
    gap = None if lambda_ is None else gap_at(joint, curve, lambda_, budget_usd=budget_usd if floor is None else None)
    marginals = {name: marginal_at(step, lambda_ or 0.0) for name, step in steps.items()}
    return Outlay(lambda_, gap, floor_usd, highest_floor, marginals)


def quality_of(step: Weighed) -> Menu:
    """A step's menu with qualities for values."""
    menu = step.menu
    return menu if step.quality is None else Menu(step.quality, menu.cost_usd, menu.n_cascades)


def quality_along(menu: Menu, dither: Floats, quality: Menu) -> Floats:
    """The sum of the qualities before the first upgrade of the menu's curve and after each, (upgrades + 1,)."""
    frontier = find_frontier(menu.value, menu.cost_usd)
    by_row = np.argsort(frontier.row, kind="stable")
    rows, options = frontier.row[by_row], frontier.option[by_row]
    is_first = np.append(True, rows[1:] != rows[:-1])[: len(rows)]
    before = np.where(is_first, frontier.start[rows], np.roll(options, 1))
    gained = np.empty(len(rows))
    gained[by_row] = quality.value[rows, options] - quality.value[rows, before]
    order = np.argsort(-frontier.slope / dither[frontier.row], kind="stable")
    return total(quality.value, frontier.start) + np.append(0.0, np.cumsum(gained[order]))


def stack(menus: list[Menu]) -> Menu:
    """The requests of all menus, which have the same models."""
    if not menus:
        return Menu(np.zeros((0, 0)), np.zeros((0, 0)))
    n_cascades = max(menu.n_cascades for menu in menus)
    alike = [menu.with_cascades(n_cascades) for menu in menus]
    value, cost_usd = np.concatenate([menu.value for menu in alike]), np.concatenate([menu.cost_usd for menu in alike])
    return Menu(value, cost_usd, n_cascades)


def gap_at(menu: Menu, curve: Curve, lambda_: float, *, budget_usd: float | None) -> float | None:
    """The relative duality gap of the choices at λ; None where λ is 0 and there is nothing to gain."""
    n_made = curve.n_made(lambda_)
    cost, value = float(curve.cost_usd[n_made]), float(curve.value[n_made])
    if not lambda_:
        return 0.0
    priced = menu.priced()
    with np.errstate(invalid="ignore"):
        worth = np.where(np.isfinite(priced.value), priced.value - lambda_ * priced.cost_usd, -np.inf)
    best = float(worth[menu.is_priced].max(axis=1).sum()) if menu.is_priced.any() else 0.0
    if budget_usd is not None:
        return max(best + lambda_ * budget_usd - value, 0.0) / abs(value) if value else None
    least_usd = (value - best) / lambda_  # what as much value costs at least
    return max(cost - least_usd, 0.0) / cost if cost else 0.0


def marginal_at(step: Weighed, lambda_: float) -> Marginal:
    """What the last USD bought in a step, and what the next would, at the λ of the call that it is for."""
    curve = curve_of(step.menu, step.dither)
    n_made = curve.n_made(lambda_)
    last = float(curve.threshold[n_made - 1]) if n_made else None
    return Marginal(last, float(curve.threshold[n_made]) if n_made < len(curve.threshold) else None)
