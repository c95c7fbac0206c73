"""A log of calls by columns: what was asked and decided, and what came of it. Many rows, few distinct values."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from dataclasses import fields as dataclass_fields
from datetime import datetime
from typing import Generic, Protocol, TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt

from policies.forecast import Forecast
from policies.terms import Terms
from policies.types import RoutingState, Scalar

T = TypeVar("T")
Codes: TypeAlias = npt.NDArray[np.int64]
Bools: TypeAlias = npt.NDArray[np.bool_]
Floats: TypeAlias = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Column(Generic[T]):
    """A column by its distinct values: `codes` says for each row which of `values` it has."""

    codes: Codes
    values: Sequence[T]

    def spread(self, judge: Callable[[T], bool], rows: Codes) -> Bools:
        """For each of some rows, what `judge` says of its value."""
        of_values = np.fromiter(map(judge, self.values), bool, len(self.values))
        spread: Bools = of_values[self.codes[rows]]
        return spread

    def at(self, row: int) -> T:
        """One row's value."""
        return self.values[int(self.codes[row])]


class Texts(Protocol):
    """The distinct texts of a log, by their numbers."""

    def __len__(self) -> int: ...

    def take(self, numbers: Codes) -> Sequence[bytes]:
        """Some of the texts, in UTF-8."""
        ...


@dataclass(frozen=True, slots=True)
class Asked:
    """What a table of rules asks of requests beyond what every request has, and its own threshold of ambiguity.

    `is_known` false: the table is not there any more.
    """

    field_names: frozenset[str] = frozenset()
    has_languages: bool = False
    ambiguous_below: float | None = None
    is_known: bool = True


@dataclass(frozen=True, slots=True)
class LoggedCalls:
    """Calls with their first decision, one row each.

    Of the request: `text` is -1 where the text is not stored, `fields` None where they are not; `asked` is what the
    rules then wanted to know, which alone was recorded; `confidence` NaN where no classifier was asked; `is_auto` says
    whether the step left the task type open, None where that was not recorded. `is_type_known` is false where nobody
    can say what the task type would have been. `forecast` is what a predictor made of the text, None where none was
    asked, and `is_foreseen` false where one should have been. Of the decision: `lambda_` NaN without one, its chunk's
    unless `has_own_lambda`; `terms` the others that the policy went by; `state` None, and `model` None, as the ledger
    has them. Of what came of it: cost in USD, quality in [0, 1] and seconds of all attempts, NaN where unknown.
    """

    texts: Texts
    text: Codes
    n_characters: Codes
    input_tokens: Codes
    max_output_tokens: Codes
    task_type: Column[str]
    step: Column[str]
    job: Column[str]
    tags: Column[frozenset[str]]
    needs: Column[frozenset[str]]
    prefers: Column[frozenset[str]]
    is_structured: Column[bool]
    language: Column[str | None]
    fields: Column[Mapping[str, Scalar] | None]
    asked_at: Column[datetime | None]
    asked: Column[Asked]
    category: Column[str | None]
    confidence: Floats
    is_ambiguous: Bools
    is_auto: Column[bool | None]
    is_type_known: Bools
    policy: Column[str]
    model: Column[str | None]
    state: Column[RoutingState | None]
    lambda_: Floats
    has_own_lambda: Bools
    terms: Column[Terms]
    catalogue_version: Column[str]
    weights_version: Column[str | None]
    forecast: Column[Forecast | None]
    is_foreseen: Bools
    call_ids: Callable[[Codes], Sequence[str]]
    item_ids: Callable[[Codes], Sequence[str]]
    cost_usd: Floats
    quality: Floats
    latency_s: Floats

    @property
    def n_rows(self) -> int:
        """The number of calls."""
        return len(self.text)

    def at_rows(self, rows: Codes) -> LoggedCalls:
        """The log of some of the calls."""
        taken: dict[str, object] = {}
        for field in dataclass_fields(self):
            value = getattr(self, field.name)
            if isinstance(value, np.ndarray):
                taken[field.name] = value[rows]
            elif isinstance(value, Column):
                taken[field.name] = Column(value.codes[rows], value.values)
        return replace(
            self,
            call_ids=lambda some: self.call_ids(rows[some]),
            item_ids=lambda some: self.item_ids(rows[some]),
            **taken,  # type: ignore[arg-type]  # its own
        )
