"""The warehouse's log of calls as columns that a table of rules can be tried on."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TypeAlias, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from policies.errors import BadInputError
from policies.features import StateValue, routing_state_of, terms_of
from policies.forecast import Forecast, forecast_of
from policies.logged_calls import Asked, Bools, Codes, Column, Floats, LoggedCalls
from policies.terms import PLAIN
from policies.types import Scalar
from tasks.redaction.redactor import MASK
from tasks.replaying import Library
from warehouse.home import Home
from warehouse.query import query_arrow
from warehouse.sql import sql_text

T = TypeVar("T")
JsonObject: TypeAlias = Mapping[str, StateValue]


class ArrowTexts:
    """The distinct texts of a log, as Arrow has them."""

    def __init__(self, texts: pa.Array) -> None:
        self._texts = texts

    def __len__(self) -> int:
        return len(self._texts)

    def take(self, numbers: Codes) -> Sequence[bytes]:
        """Some of the texts, in UTF-8."""
        taken: Sequence[bytes] = self._texts.take(pa.array(numbers)).cast(pa.binary()).to_pylist()
        return taken


def read_log(home: Home, *, since: datetime, library: Library) -> LoggedCalls:
    """Every call that was routed since a time, with its first decision and what came of it."""
    return log_of(query_arrow(home, sql_text("reads", "logged_calls"), parameters={"since": since}), library)


def log_of(table: pa.Table, library: Library) -> LoggedCalls:
    """Calls as the columns of `logged_calls` have them."""

    def column(name: str, read: Callable[[str | None], T]) -> Column[T]:
        return column_of(table[name], read)

    texts = encoded(table["text"])
    states: Column[JsonObject | None] = column("state", lambda text: None if text is None else json.loads(text))
    catalogues = column("catalogue_version", str)
    forecast = column("forecast", lambda text: None if text is None else forecast_of(json.loads(text)))
    weights = column("weights_version", lambda version: version)
    has_text = ~is_null(texts.dictionary)[codes_of(texts)]
    text = np.where(has_text & ~is_masked(texts.dictionary)[codes_of(texts)], codes_of(texts), -1)
    return LoggedCalls(
        texts=ArrowTexts(texts.dictionary),
        text=text,
        n_characters=whole(table["n_characters"]),
        input_tokens=whole(table["input_tokens"]),
        max_output_tokens=whole(table["max_output_tokens"]),
        task_type=column("task_type", str),
        step=column("step", str),
        job=column("job", lambda job: job or ""),
        tags=column("tags", words_of),
        needs=column("needs", words_of),
        prefers=column("prefers", words_of),
        is_structured=column_of(table["is_structured"], bool),
        language=column("language", lambda language: language),
        fields=fields_of(table, has_text=has_text),
        asked_at=column("asked_at", lambda at: None if at is None else datetime.fromisoformat(at)),
        asked=asked_of(column("rules_version", lambda version: version), catalogues, library),
        category=column("category", lambda category: category),
        confidence=floats(table["category_confidence"]),
        is_ambiguous=table["is_ambiguous"].to_numpy(),
        is_auto=column_of(table["is_auto"], lambda is_auto: is_auto),
        is_type_known=np.ones(len(text), bool),
        policy=column("policy", str),
        model=column("model", lambda model: model),
        state=Column(states.codes, [None if one is None else routing_state_of(one) for one in states.values]),
        lambda_=lambdas_of(floats(table["lambda"]), states),
        has_own_lambda=~np.isnan(floats(table["lambda"])),
        terms=Column(states.codes, [PLAIN if one is None else terms_of(one) for one in states.values]),
        catalogue_version=catalogues,
        weights_version=weights,
        forecast=forecast,
        is_foreseen=is_foreseen(forecast, weights, library),
        call_ids=lambda rows: table["call_id"].take(pa.array(rows)).to_pylist(),
        item_ids=lambda rows: table["item_id"].take(pa.array(rows)).to_pylist(),
        cost_usd=floats(table["cost_usd"]),
        quality=floats(table["quality"]),
        latency_s=floats(table["latency_s"]),
    )


def column_of(values: pa.ChunkedArray, read: Callable[..., T]) -> Column[T]:
    """A column by its distinct values, each read once."""
    distinct = encoded(values)
    return Column(codes_of(distinct), [read(value) for value in distinct.dictionary.to_pylist()])


def encoded(values: pa.ChunkedArray) -> pa.DictionaryArray:
    """A column by its distinct values, of which null may be one."""
    distinct = values.combine_chunks().dictionary_encode(null_encoding="encode")
    return distinct.unify_dictionaries().combine_chunks() if isinstance(distinct, pa.ChunkedArray) else distinct


def codes_of(distinct: pa.DictionaryArray) -> Codes:
    """Which of the distinct values each row has."""
    codes: Codes = distinct.indices.to_numpy(zero_copy_only=False).astype(np.int64)
    return codes


def is_null(values: pa.Array) -> Bools:
    """Which values are null."""
    nulls: Bools = values.is_null().to_numpy(zero_copy_only=False)
    return nulls


def is_masked(texts: pa.Array) -> Bools:
    """Which texts are not stored as they were routed: secrets in them are masked."""
    masked: Bools = pc.fill_null(pc.match_substring(texts, MASK), False).to_numpy(zero_copy_only=False)
    return masked


def fields_of(table: pa.Table, *, has_text: Bools) -> Column[Mapping[str, Scalar] | None]:
    """The items' fields that rules asked for; None where neither they nor texts were stored, or secrets are masked."""
    stored = column_of(table["fields"], lambda fields: fields)
    is_none = np.array([fields is None for fields in stored.values], bool)
    codes = np.where(is_none[stored.codes] & has_text, len(stored.values), stored.codes)
    known = [None if fields is None or MASK in fields else json.loads(fields) for fields in stored.values]
    return Column(codes, [*known, {}])


def is_foreseen(forecast: Column[Forecast | None], weights: Column[str | None], library: Library) -> Bools:
    """Whether all is known that a predictor says of each call: it was asked, or there was none."""
    has_forecast = np.array([one is not None for one in forecast.values], bool)[forecast.codes]
    named = np.array([library.predictor_of(version) is not None for version in weights.values], bool)[weights.codes]
    known: Bools = has_forecast | ~named
    return known


def asked_of(rules: Column[str | None], catalogues: Column[str], library: Library) -> Column[Asked]:
    """What the rules of each decision asked for, which is what was recorded; nothing where they are not known."""

    def asked(pair: int) -> Asked:
        rule, catalogue = divmod(pair, len(catalogues.values))
        version = rules.values[rule]
        try:
            known = None if version is None else library.table(version, catalogues.values[catalogue])
        except BadInputError:
            known = None
        if known is None:
            return Asked(is_known=False)
        return Asked(known.field_names, known.needs_languages, known.ambiguous_below)

    pairs = rules.codes * len(catalogues.values) + catalogues.codes
    return Column(pairs, [asked(pair) for pair in range(len(rules.values) * len(catalogues.values))])


def lambdas_of(own: Floats, states: Column[JsonObject | None]) -> Floats:
    """The λ of each decision, else of its chunk; NaN where neither had any."""
    values = [None if state is None else terms_of(state).multiplier for state in states.values]
    of_chunks = np.array([np.nan if value is None else value for value in values], np.float64)
    return np.where(np.isnan(own), of_chunks[states.codes], own)


def words_of(text: str | None) -> frozenset[str]:
    """A set of words as JSON; older decisions have them as one text, parted by spaces."""
    value = json.loads(text) if text is not None else ()
    return frozenset(value.split() if isinstance(value, str) else value)


def whole(values: pa.ChunkedArray) -> Codes:
    """Whole numbers."""
    numbers: Codes = values.to_numpy().astype(np.int64)
    return numbers


def floats(values: pa.ChunkedArray) -> Floats:
    """Numbers, NaN where there is none."""
    numbers: Floats = pc.fill_null(pc.cast(values, pa.float64()), float("nan")).to_numpy()
    return numbers
