"""The menu of some requests' fields: what each model that a request is left with is worth and costs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from policies.allocation.menu import Menu
from policies.cascade.offers import Offer
from policies.cascade.terms import CascadeTerms
from policies.ranking import Field
from policies.utility import Utility


def menu_of_fields(
    fields: Sequence[Field],
    *,
    latency_price: float,
    offers: Sequence[Sequence[Offer]] = (),
    cascade: CascadeTerms | None = None,
) -> Menu:
    """One row per field, in the catalogue's columns; -inf and inf for the models that it does not hold.

    Requests that share their field share the work. `offers` are the cascades of each field, which follow in columns of
    their own; none: there are no cascades.
    """
    n_models = max((len(field.options.outlook.models) for field in fields), default=0)
    value, cost = np.full((len(fields), n_models), -np.inf), np.full((len(fields), n_models), np.inf)
    first: dict[int, int] = {}
    for row, field in enumerate(fields):
        known = first.setdefault(id(field), row)
        if known < row:
            value[row], cost[row] = value[known], cost[known]
            continue
        utility = Utility(field.options, 0.0, latency_price, overhead=0.0 if cascade is None else cascade.overhead)
        for number in field.numbers:
            value[row, number], cost[row, number] = utility.worth(number), utility.cost(number)
    return add_offers(Menu(value, cost), offers) if any(offers) else Menu(value, cost)


def add_offers(menu: Menu, offers: Sequence[Sequence[Offer]]) -> Menu:
    """The menu with each request's cascades."""
    wide = menu.with_cascades(max(map(len, offers)))
    for row, some in enumerate(offers):
        for place, offer in enumerate(some):
            column = menu.n_models + place
            wide.value[row, column], wide.cost_usd[row, column] = offer.value, offer.cost_usd
    return wide
