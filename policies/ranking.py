"""How the models that may serve one request were ranked, and by whom, who can tell why each lost."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from policies.cascade.terms import CascadeView
from policies.options import Options
from policies.types import Request, RoutingState


class Field(NamedTuple):
    """The models that one request is left with, by their numbers: they may serve, and its rule allows them."""

    options: Options
    numbers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Batch:
    """Requests to be ranked together, each with its field: at least one model."""

    requests: tuple[Request, ...]
    fields: tuple[Field, ...]
    state: RoutingState


@dataclass(frozen=True, slots=True)
class Ranking:
    """The numbers of the models, the chosen one first, who ranked them, and with which probability it was chosen.

    `chances` are those of all models that could have been drawn; without them the choice was certain, or, where a rule
    hands over a share, weighed by it. `cascade` is what the decision says of cascades; of one that is taken, the order
    begins with its two models. `scarcity` is the request's own factor of what scarce calls count.
    """

    order: tuple[int, ...]
    by: Ranker
    propensity: float = 1.0
    explored: bool = False
    lambda_: float | None = None
    chances: Mapping[int, float] | None = None
    cascade: CascadeView | None = None
    scarcity: float = 1.0

    def chance(self, number: int) -> float:
        """The probability that the ranker chooses a model for this request."""
        if self.chances is None:
            return 1.0 if number == self.order[0] else 0.0
        return self.chances.get(number, 0.0)

    def tell(self, options: Options, number: int) -> tuple[float | None, str]:
        """The utility that a model was ranked by, and why it lost ("" for the first)."""
        place = Place(options, number, self.order[0], self.lambda_, self.scarcity)
        return self.by.utility(place), "" if number == place.first else self.by.explain_loss(place)


class Place(NamedTuple):
    """One model in a ranking at λ: its number, that of the first, and what scarce calls count."""

    options: Options
    number: int
    first: int
    lambda_: float | None
    scarcity: float = 1.0


class Ranker(Protocol):
    """The core of a policy: ranks what it is given, over a whole chunk at once, and excludes nothing itself."""

    @property
    def name(self) -> str: ...

    def rank(self, batch: Batch) -> tuple[Ranking, ...]:
        """One ranking per request of the batch."""
        ...

    def utility(self, place: Place, /) -> float | None:
        """What a model was ranked by; None where it was no number, or is not known."""
        ...

    def explain_loss(self, place: Place, /) -> str:
        """Why a model lost to the first."""
        ...


def rank_each(batch: Batch, rank: Callable[[Field], Ranking]) -> tuple[Ranking, ...]:
    """Rank each request by its field alone; those that share their field share the ranking."""
    kept: dict[int, Ranking] = {}
    rankings = []
    for field in batch.fields:
        ranking = kept.get(id(field))
        if ranking is None:
            ranking = kept[id(field)] = rank(field)
        rankings.append(ranking)
    return tuple(rankings)


def rank_where_possible(
    ranker: Ranker, requests: Sequence[Request], fields: Sequence[Field], *, state: RoutingState
) -> list[Ranking | None]:
    """Rank the requests that are left with a model; None for the others."""
    served = [i for i, field in enumerate(fields) if field.numbers]
    batch = Batch(tuple([requests[i] for i in served]), tuple([fields[i] for i in served]), state)
    rankings: list[Ranking | None] = [None] * len(requests)
    for i, ranking in zip(served, ranker.rank(batch), strict=True):
        rankings[i] = ranking
    return rankings
