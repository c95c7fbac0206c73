"""What a policy would weigh for the requests of a step: a menu of values and costs, whatever the policy is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from policies.allocation.outlay import Weighed
from policies.allocation.scarcity import scarcer
from policies.cascade.offers import Offer
from policies.cascade.ranking import offers_of
from policies.dither import WIDTH, dither_of
from policies.field_menu import menu_of_fields
from policies.options import Options, list_options
from policies.ranking import Field
from policies.selection import check_of, greedy, paced
from policies.types import Catalogue, Decision, Policy, Request, RoutingState, Weights


def weigh(
    requests: Sequence[Request],
    catalogue: Catalogue,
    policy: Policy,
    *,
    weights: Weights | None,
    state: RoutingState,
    latency_price: float = 0.0,
) -> Weighed:
    """What the policy would choose from for each request: all that it weighs, or the one model that it takes anyway.

    Asked at λ = 0 and without exploration: which models it weighs does not hang on either.
    """
    decisions = paced(greedy(policy), 0.0).decide(requests, catalogue, weights=weights, state=state)
    listed = list_options(requests, catalogue, weights=weights, state=state)
    shared: dict[tuple[int, str | None, tuple[str, ...]], Field] = {}  # requests that are alike share a field
    fields = [
        shared.setdefault((id(options), made.model, made.fallbacks), Field(options, numbers_weighed(made, options)))
        for made, options in zip(decisions, listed, strict=True)
    ]
    dither = np.array([dither_of(request.call_id, seed=state.seed, width=WIDTH) for request in requests])
    terms = check_of(policy)
    offers: list[tuple[Offer, ...]] = []
    if terms is not None:  # where a decision says nothing of cascades, none were weighed
        has_any = [made.cascade is not None for made in decisions]
        weighed = zip(fields, has_any, strict=True)
        offers = [offers_of(*field, terms, latency_price).offered if some else () for field, some in weighed]
    menu = menu_of_fields(fields, latency_price=latency_price, offers=offers, cascade=terms)
    quality = None
    if latency_price:
        untimed = [[without_time(one, latency_price) for one in some] for some in offers]
        quality = menu_of_fields(fields, latency_price=0.0, offers=untimed, cascade=terms).value
    if state.scarcity:
        scarcity = np.array([state.scarcity.get(model.name, 0.0) for model in catalogue.models])
        menu = scarcer(menu, dither - 1, scarcity)  # at a factor of 1 it counts already
    return Weighed(menu, dither, quality)


def without_time(offer: Offer, latency_price: float) -> Offer:
    """A cascade whose time costs nothing."""
    return replace(offer, value=offer.value + latency_price * offer.latency_s)


def numbers_weighed(made: Decision, options: Options) -> tuple[int, ...]:
    """The models that a decision weighed against each other; the one it took where it weighed none."""
    names = [] if made.model is None else [made.model]
    if made.lambda_ is not None:
        names += made.fallbacks
    return tuple([options.outlook.numbers[name] for name in names])
