"""The JSON Schema of a step's output: checked when the job is read, applied when the answer is there."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import TypeAlias

import orjson
from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError, ValidationError
from jsonschema.protocols import Validator
from jsonschema.validators import extend
from pydantic import JsonValue

from policies.errors import BadInputError
from tasks.jobs.context import RenderError, plain
from tasks.scorers.searching import check_pattern, is_found

DIALECT = "https://json-schema.org/draft/2020-12/schema"
MAX_SCHEMA_BYTES = 50_000
REFUSED_KEYWORDS = frozenset({"$id", "$anchor", "$dynamicRef", "$dynamicAnchor", "$recursiveRef", "patternProperties"})
Schema: TypeAlias = Mapping[str, JsonValue]


def check_output_schema(schema: Schema) -> None:
    """Raise `BadInputError` without a place unless `schema` is a self-contained JSON Schema of draft 2020-12."""
    try:
        size = len(orjson.dumps(schema))
        json.dumps(schema, allow_nan=False)  # orjson writes NaN as null
    except (TypeError, ValueError) as error:  # an integer beyond 64 bits, say
        raise BadInputError(f"is not a JSON Schema: {error}") from error
    if size > MAX_SCHEMA_BYTES:
        raise BadInputError(f"is larger than {MAX_SCHEMA_BYTES} bytes")
    if schema.get("$schema", DIALECT) != DIALECT:
        raise BadInputError(f"$schema must be {DIALECT}", value=schema["$schema"])
    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError as error:
        where = "".join(f"/{part}" for part in error.absolute_path)
        raise BadInputError(f"is not a JSON Schema: {where or 'it'}: {short(error.message)}") from error
    for keyword, value in keywords_of(schema):
        check_keyword(keyword, value, schema)
    try:
        Draft202012Validator(schema).is_valid({})
    except RecursionError as error:
        raise BadInputError("is not a JSON Schema: a $ref leads back to itself") from error


def short(text: str) -> str:
    """At most 150 characters of a message."""
    return text if len(text) <= 150 else text[:149] + "…"


def keywords_of(value: JsonValue | Schema) -> Iterator[tuple[str, JsonValue]]:
    """Every key and value at any depth; a property that is called like a keyword counts as one, to be safe."""
    if isinstance(value, Mapping):
        for key, member in value.items():
            yield key, member
            yield from keywords_of(member)
    elif isinstance(value, list):
        for member in value:
            yield from keywords_of(member)


def check_keyword(keyword: str, value: JsonValue, schema: Schema) -> None:
    """References only into the schema itself, and patterns that are short and can be compiled."""
    if keyword in REFUSED_KEYWORDS:
        raise BadInputError(f"{keyword} is not supported in an output schema")
    if keyword == "$ref" and isinstance(value, str):
        if not value.startswith("#"):
            raise BadInputError("$ref must point inside the schema, as #/$defs/NAME", value=value)
        if not is_pointer_into(schema, value):
            raise BadInputError("$ref points at nothing", value=value)
    if keyword == "pattern" and isinstance(value, str):
        check_pattern(value)


def is_pointer_into(schema: Schema, pointer: str) -> bool:
    """Whether `#/a/b` leads to something in `schema`."""
    found: object = schema
    for part in pointer.removeprefix("#").split("/")[1:]:
        key = part.replace("~1", "/").replace("~0", "~")
        if isinstance(found, list) and key.isdecimal() and key.isascii() and int(key) < len(found):
            found = found[int(key)]
        elif isinstance(found, Mapping) and key in found:
            found = found[key]
        else:
            return False
    return isinstance(found, Mapping | bool) and (pointer == "#" or pointer.startswith("#/"))


def bounded_pattern(_: Validator, pattern: str, instance: JsonValue, __: Schema) -> Iterator[ValidationError]:
    """The keyword `pattern`, with a time limit."""
    if isinstance(instance, str) and not is_found(pattern, instance):
        yield ValidationError(f"{repr(instance)[:60]} does not match {pattern!r}")


OutputValidator: type[Validator] = extend(  # type: ignore[no-untyped-call]  # jsonschema leaves it unannotated
    Draft202012Validator, {"pattern": bounded_pattern}
)


@lru_cache(maxsize=256)
def validator_of(schema_json: bytes) -> Validator:
    """A compiled validator, one per schema and process."""
    validator: Validator = OutputValidator(orjson.loads(schema_json))
    return validator


def schema_problem(value: JsonValue, schema: Schema) -> str | None:
    """Why `value` does not fit `schema` in one line, or None where it does."""
    validator = validator_of(orjson.dumps(schema, option=orjson.OPT_SORT_KEYS))
    try:
        error = next(iter(validator.iter_errors(value)), None)
    except RecursionError:
        return "nested too deeply to be checked"
    return None if error is None else short(f"{error.json_path}: {error.message}")


def parse_json(text: str) -> JsonValue:
    """Read a model's text as JSON, with or without a fence of backticks; raises `RenderError`."""
    body = text.strip()
    if body.startswith("```") and body.endswith("```") and "\n" in body:
        body = body[body.index("\n") + 1 : -3]
    try:
        return plain(orjson.loads(body))
    except orjson.JSONDecodeError as error:
        raise RenderError(f"is not JSON: {error}") from error
