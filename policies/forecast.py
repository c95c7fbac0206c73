"""What a predictor says of one request, besides what is known of its task type: a word on each model."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple, TypeAlias

Told: TypeAlias = Mapping[str, Any]  # of JSON: what stands in it, `told` says
TERMS = ("task mean", "heads", "similar calls", "other task types")


class Foreseen(NamedTuple):
    """One model: quality in [0, 1] with its standard error, tokens of the answer and seconds (None: not known).

    `terms` is what the quality is made of before it is calibrated: the task type's mean, then what heads, similar calls
    and texts of other task types add. `similar_calls` are scored calls on the model among the nearest.
    """

    quality: float
    quality_se: float
    output_tokens: int | None
    latency_s: float | None
    similar_calls: int
    terms: tuple[float, float, float, float]


class Row(NamedTuple):
    """One request's numbers; `places` says where among them each model stands."""

    places: Mapping[str, int]
    quality: Sequence[float]
    quality_se: Sequence[float]
    output_tokens: Sequence[int | None]
    latency_s: Sequence[float | None]


@dataclass(frozen=True, slots=True)
class Columns:
    """Forecasts of many requests by columns: a row each, in which the models stand at their `places`.

    `similar_calls` and `terms` are told when somebody asks.
    """

    places: Mapping[str, int]
    quality: Sequence[Sequence[float]]
    quality_se: Sequence[Sequence[float]]
    output_tokens: Sequence[Sequence[int | None]]
    latency_s: Sequence[Sequence[float | None]]
    similar_calls: Callable[[int], Sequence[int]]
    terms: Callable[[int], Sequence[tuple[float, float, float, float]]]


@dataclass(frozen=True, slots=True)
class Foresight(Mapping[str, Foreseen]):
    """One row of columns as what is foreseen of each model."""

    columns: Columns
    row: int

    def __getitem__(self, name: str) -> Foreseen:
        return self.written()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.columns.places)

    def __len__(self) -> int:
        return len(self.columns.places)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Mapping) and self.written() == dict(other)

    def __hash__(self) -> int:
        return hash((id(self.columns), self.row))

    def written(self) -> dict[str, Foreseen]:
        """As plain values."""
        places, *numbers = self.numbers()
        rows = zip(*numbers, self.columns.similar_calls(self.row), self.columns.terms(self.row), strict=True)
        return {name: Foreseen(*one) for name, one in zip(places, rows, strict=True)}

    def numbers(self) -> Row:
        """What routing goes by."""
        columns, row = self.columns, self.row
        return Row(
            columns.places,
            columns.quality[row],
            columns.quality_se[row],
            columns.output_tokens[row],
            columns.latency_s[row],
        )


@dataclass(frozen=True, slots=True)
class Forecast:
    """What `predictor`, by its name, foresees; models that it knows nothing of are not among `models`.

    `declined` says why it foresees nothing here, and the means alone are used; `is_unusable` that the predictor itself
    was not there to be asked.
    """

    predictor: str
    declined: str | None = None
    models: Mapping[str, Foreseen] = field(default_factory=dict)
    is_unusable: bool = False

    def numbers(self) -> Row:
        """What routing goes by."""
        if isinstance(self.models, Foresight):
            return self.models.numbers()
        some = list(self.models.values())
        columns = ([one[part] for one in some] for part in range(4))
        return Row({name: place for place, name in enumerate(self.models)}, *columns)  # type: ignore[arg-type]  # by parts

    def written(self) -> Forecast:
        """The same with its models as plain values, for what can store only those."""
        return replace(self, models=self.models.written()) if isinstance(self.models, Foresight) else self


def told(forecast: Forecast) -> Told:
    """A forecast as a JSON object, exactly: each model is a row of numbers, as names take room."""
    rows = {name: [*one[:5], *one.terms] for name, one in forecast.models.items()}
    told = {"predictor": forecast.predictor, "declined": forecast.declined, "models": rows}
    return told | ({"is_unusable": True} if forecast.is_unusable else {})


def forecast_of(values: Told) -> Forecast:
    """The forecast that `told` told."""
    models = {str(name): foreseen_of(row) for name, row in values["models"].items()}
    return Forecast(values["predictor"], values["declined"], models, values.get("is_unusable", False))


def foreseen_of(row: Sequence[Any]) -> Foreseen:
    """One model's row of numbers."""
    quality, quality_se, output_tokens, latency_s, similar_calls, *terms = row
    mean, heads, similar, other = terms
    return Foreseen(quality, quality_se, output_tokens, latency_s, similar_calls, (mean, heads, similar, other))
