"""JSON by schema from what was extracted: each property is filled by its name and type."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import jsonschema

from policies.errors import PointsmanError
from tasks.retrieval.words import split_words

Json: TypeAlias = "str | int | float | bool | list[Json] | dict[str, Json] | None"
Schema: TypeAlias = Mapping[str, object]
MAX_DEPTH = 12
QUOTE = re.compile(r"quote|evidence|sentence|span|citation|excerpt|support|text|context", re.IGNORECASE)
NAME = re.compile(r"name|heading|title|function|class|method|source|symbol", re.IGNORECASE)
QUERY = re.compile(r"query|keyword|search|term", re.IGNORECASE)
FOUND = re.compile(r"found|answer|support|ground|relevant|present|in_passage", re.IGNORECASE)
CONFIDENCE = re.compile(r"confiden|score|prob|certain|relevan", re.IGNORECASE)
NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


class UnfillableError(PointsmanError):
    """A schema that asks for what can't be extracted, such as a pattern that no span fits."""


@dataclass(frozen=True, slots=True)
class Findings:
    """What the extraction found; `passage` is a number of the prompt, 0 where there are none."""

    answer: str
    quote: str
    name: str
    passage: int
    keywords: str
    logit: float
    is_found: bool


def fill_schema(schema: Schema, findings: Findings) -> Json:
    """A value that fits the schema; `UnfillableError` where none can be made."""
    value = fill(schema, findings, key="", root=schema, depth=0)
    try:
        jsonschema.validate(value, schema)
    except (jsonschema.ValidationError, jsonschema.SchemaError) as error:
        raise UnfillableError(f"extraction can't fill this schema: {error.message[:120]}") from error
    return value


def fill(schema: Schema, findings: Findings, *, key: str, root: Schema, depth: int) -> Json:
    """The value of one place of the schema; `key` is the property's name."""
    if depth > MAX_DEPTH:
        raise UnfillableError("extraction can't fill a schema this deep")
    if "const" in schema:
        return as_json(schema["const"])
    if isinstance(options := schema.get("enum"), Sequence) and options:
        return pick_option(options, findings)
    if inner := alternative(schema, root):
        return fill(inner, findings, key=key, root=root, depth=depth + 1)
    match type_of(schema):
        case "object":
            properties = schema.get("properties", {})
            pairs = properties.items() if isinstance(properties, Mapping) else ()
            return {k: fill(s, findings, key=k, root=root, depth=depth + 1) for k, s in pairs if isinstance(s, Mapping)}
        case "array":
            return fill_array(schema, findings, key=key, root=root, depth=depth)
        case "integer":
            return fill_integer(schema, findings, key=key)
        case "number":
            return fill_number(schema, findings, key=key)
        case "boolean":
            return findings.is_found if FOUND.search(key) else findings.answer.lower().startswith("yes")
        case "null":
            return None
        case _:
            return fill_string(schema, findings, key=key)


def alternative(schema: Schema, root: Schema) -> Schema | None:
    """What a `$ref` of the same document points to, or the first of several alternatives."""
    reference = schema.get("$ref")
    if isinstance(reference, str) and reference.startswith("#/"):
        place: object = root
        for part in reference[2:].split("/"):
            place = place.get(part) if isinstance(place, Mapping) else None
        if not isinstance(place, Mapping):
            raise UnfillableError(f"extraction can't resolve {reference}")
        return place
    for word in ("anyOf", "oneOf", "allOf"):
        options = schema.get(word)
        if isinstance(options, Sequence) and options and isinstance(options[0], Mapping):
            return options[0]
    return None


def type_of(schema: Schema) -> str:
    """The schema's type, the first that is not null of several; by its other words where it names none."""
    types = schema.get("type")
    if isinstance(types, Sequence) and not isinstance(types, str):
        return next((str(t) for t in types if t != "null"), "null")
    if isinstance(types, str):
        return types
    return "object" if "properties" in schema else "array" if "items" in schema else "string"


def fill_string(schema: Schema, findings: Findings, *, key: str) -> str:
    """The keywords, the quote, the passage's name or the answer, by the property's name; cut at `maxLength`."""
    text = findings.answer
    if QUERY.search(key):
        text = findings.keywords
    elif QUOTE.search(key):
        text = findings.quote
    elif NAME.search(key) and findings.name:
        text = findings.name
    longest = schema.get("maxLength")
    return text[:longest] if isinstance(longest, int) else text


def fill_integer(schema: Schema, findings: Findings, *, key: str) -> int:
    """The passage's number, or a confidence in whole percent where the range goes that far."""
    if CONFIDENCE.search(key):
        return int(clamp(100 * probability(findings), schema))
    return int(clamp(findings.passage, schema))


def fill_number(schema: Schema, findings: Findings, *, key: str) -> float:
    """A probability for a confidence or score, else the first number of the answer or the quote."""
    found = NUMBER.search(findings.answer) or NUMBER.search(findings.quote)
    value = probability(findings) if CONFIDENCE.search(key) or not found else float(found.group())
    return clamp(value, schema)


def fill_array(schema: Schema, findings: Findings, *, key: str, root: Schema, depth: int) -> list[Json]:
    """One item, or as many equal ones as `minItems` asks for; none where none is allowed."""
    items = schema.get("items")
    lowest, highest = schema.get("minItems", 0), schema.get("maxItems", 1)
    n = max(1 if highest else 0, lowest if isinstance(lowest, int) else 0)
    inner = items if isinstance(items, Mapping) else {}
    return [fill(inner, findings, key=key, root=root, depth=depth + 1)] * n


def pick_option(options: Sequence[object], findings: Findings) -> Json:
    """The option that shares most words with the answer, then with the quote; the first of equals."""
    answer, quote = set(split_words(findings.answer)), set(split_words(findings.quote))

    def overlap(option: object) -> tuple[bool, int, int]:
        words = set(split_words(str(option)))
        return str(option).lower() == findings.answer.lower(), len(words & answer), len(words & quote)

    return as_json(max(options, key=overlap))


def clamp(value: float, schema: Schema) -> float:
    """The value moved into `minimum` to `maximum`."""
    lowest, highest = schema.get("minimum"), schema.get("maximum")
    if isinstance(lowest, int | float):
        value = max(value, lowest)
    return min(value, highest) if isinstance(highest, int | float) else value


def probability(findings: Findings) -> float:
    """The logit as a probability, three decimals; 0 where nothing was found."""
    return round(1 / (1 + math.exp(-max(-30.0, min(30.0, findings.logit)))), 3) if findings.is_found else 0.0


def as_json(value: object) -> Json:
    """A value of a schema, which came from JSON or YAML, as JSON."""
    if value is None or isinstance(value, str | int | float | bool):
        return value
    if isinstance(value, Mapping):
        return {str(k): as_json(v) for k, v in value.items()}
    if isinstance(value, Sequence):
        return [as_json(v) for v in value]
    raise UnfillableError(f"no JSON value: {value!r:.80}")
