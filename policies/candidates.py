"""Every model as one decision saw it, written down when somebody looks: telling takes longer than deciding."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from typing import overload

from policies.options import Options
from policies.ranking import Ranking
from policies.types import Candidate, Decision


class Candidates(Sequence[Candidate]):
    """The models of the catalogue, in its order, each with the reason why it was left out or lost ("" for the winner).

    `narrowed` is the reason of models that may serve and were not ranked. Equal to a tuple of the same candidates.
    """

    def __init__(self, options: Options, ranking: Ranking | None, narrowed: str) -> None:
        self._options = options
        self._ranking = ranking
        self._narrowed = narrowed

    @cached_property
    def _told(self) -> tuple[Candidate, ...]:
        ranked = frozenset(self._ranking.order) if self._ranking else frozenset()
        return tuple([self._tell(number, is_ranked=number in ranked) for number in range(len(self))])

    def _tell(self, number: int, *, is_ranked: bool) -> Candidate:
        options, ranking = self._options, self._ranking
        quality, latency_s = options.outlook.known_as(number)
        exclusion = options.exclusion(number)
        utility, reason = ranking.tell(options, number) if ranking and is_ranked else (None, self._narrowed)
        return Candidate(
            options.name(number),
            exclusion is None,
            exclusion or reason,
            quality,
            options.cost_usd(number),
            latency_s,
            utility,
        )

    def __len__(self) -> int:
        return len(self._options.outlook.models)

    @overload
    def __getitem__(self, index: int) -> Candidate: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Candidate, ...]: ...
    def __getitem__(self, index: int | slice) -> Candidate | tuple[Candidate, ...]:
        return self._told[index]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and self._told == tuple(other)

    def __hash__(self) -> int:
        return hash(self._told)

    def __repr__(self) -> str:
        return repr(self._told)

    def __reduce__(self) -> tuple[type[tuple[Candidate, ...]], tuple[tuple[Candidate, ...]]]:
        return tuple, (self._told,)


def write_down(decision: Decision) -> Decision:
    """The same decision with its candidates written down, for what can store only plain values."""
    return replace(decision, candidates=tuple(decision.candidates))
