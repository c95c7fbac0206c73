"""Cascades beside the models of one request: which λ would choose, and what a decision says of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from policies.cascade.offers import Models, Offer, Offers, offer_cascades
from policies.cascade.terms import CascadeTerms, CascadeView
from policies.options import CAUTION, Options
from policies.ranking import Batch, Field, Place, Ranker, Ranking
from policies.rates import NANOS_PER_USD, usd_of
from policies.utility import Utility

TIE = 1e-12  # a cascade has to be more useful than the best model by more than rounding


@lru_cache(maxsize=4096)
def offers_of(options: Options, numbers: tuple[int, ...], terms: CascadeTerms, latency_price: float) -> Offers:
    """The cascades of the models that one request is left with; places are those in `numbers`."""
    levels = options.outlook.checks.get(terms.check, ())
    models = models_of(options, numbers, latency_price)
    return offer_cascades(models, levels, terms, caution=CAUTION, latency_price=latency_price)


def models_of(options: Options, numbers: tuple[int, ...], latency_price: float) -> Models:
    """What is predicted of the models, with what their latest calls showed."""
    utility, outlook = Utility(options, 0.0, latency_price), options.outlook
    quality, latency_s = [], []
    for number in numbers:
        strain = options.strain(number) if options.state.pulses else None
        plain = outlook.qualities[number]
        quality.append(plain if strain is None else (1 - strain.failure_rate) * (plain + strain.quality_shift))
        latency_s.append(outlook.latencies_s[number] * (1.0 if strain is None else strain.latency_factor))
    return Models(
        tuple(options.name(number) for number in numbers),
        np.clip(np.array(quality), 0, 1),
        np.array([outlook.quality_ses[number] for number in numbers]),
        np.array([utility.worth(number) for number in numbers]),
        np.array([utility.cost(number) for number in numbers]),
        np.array(latency_s),
        np.array([utility.scarcity_of(number) for number in numbers]),
    )


def with_cascade(ranking: Ranking, field: Field, terms: CascadeTerms, *, latency_price: float) -> Ranking:
    """The ranking with the most useful cascade in front, if it beats the most useful model; else told why not."""
    options, numbers = field
    lambda_ = ranking.lambda_ or 0.0
    offers = offers_of(options, numbers, terms, latency_price)
    if not offers.offered:
        return replace(ranking, cascade=refused(offers, field, terms, lambda_))
    best = max(offers.offered, key=lambda one: one.value - lambda_ * one.cost_usd)
    single = Utility(options, lambda_, latency_price, scarcity=ranking.scarcity, overhead=terms.overhead)
    alone = single.of(ranking.order[0])
    view = view_of(best, field, terms, lambda_=lambda_, offers=offers)
    if best.value - lambda_ * best.cost_usd <= alone + TIE:
        reason = f"{options.name(ranking.order[0])} alone is more useful at this λ: {alone:.4g}"
        return replace(ranking, cascade=replace(view, is_taken=False, reason=reason))
    stages = (numbers[best.first], numbers[best.second])
    order = (*stages, *[number for number in ranking.order if number not in stages])
    return replace(ranking, order=order, by=Cascading(ranking.by, view, order[0]), cascade=view)


def view_of(offer: Offer, field: Field, terms: CascadeTerms, *, lambda_: float, offers: Offers) -> CascadeView:
    """An offer as the decision tells it."""
    names = [field.options.name(number) for number in field.numbers]
    return CascadeView(
        first=names[offer.first],
        second=names[offer.second],
        check=terms.check,
        threshold=offer.threshold,
        pass_rate=offer.pass_rate,
        quality=offer.quality,
        cost_usd=usd_of(round(offer.cost_usd * NANOS_PER_USD)),
        latency_s=offer.latency_s,
        utility=offer.value - lambda_ * offer.cost_usd,
        is_taken=True,
        learned_from=offers.learned_from,
    )


def refused(offers: Offers, field: Field, terms: CascadeTerms, lambda_: float) -> CascadeView:
    """The cascade that came nearest, if there is any, with the reason."""
    if offers.nearest is not None and np.isfinite(offers.nearest.lift):
        view = view_of(offers.nearest, field, terms, lambda_=lambda_, offers=offers)
        return replace(view, is_taken=False, reason=offers.reason)
    return CascadeView(terms.check, False, offers.reason)


@dataclass(frozen=True, slots=True)
class Cascading:
    """Tells why models lost to the cascade that `view` describes, whose first model has the number `first`."""

    ranker: Ranker
    view: CascadeView
    first: int

    @property
    def name(self) -> str:
        return self.ranker.name

    def rank(self, batch: Batch) -> tuple[Ranking, ...]:
        """As the policy itself."""
        return self.ranker.rank(batch)

    def utility(self, place: Place) -> float | None:
        """The cascade's where its first model stands for it; the models' own else."""
        return self.view.utility if place.number == self.first else self.ranker.utility(place)

    def explain_loss(self, place: Place) -> str:
        """It comes second in the cascade, or alone is less useful than the cascade."""
        if place.options.name(place.number) == self.view.second:
            return f"asked next where {self.view.first}'s answer does not pass {self.view.check}"
        return f"{self.view.first} then {self.view.second} is more useful"
