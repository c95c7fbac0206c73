"""Tables of the fields of pydantic models, from their JSON Schema: type, limits, default, description."""

from __future__ import annotations

import inspect
import json
from collections.abc import Mapping, Sequence
from typing import TypeAlias

from pydantic import BaseModel

from docs.generate.descriptions import DESCRIPTIONS
from docs.generate.markdown import code, sentence, table

Schema: TypeAlias = Mapping[str, object]

LIMITS: Mapping[str, str] = {
    "minimum": "at least {}",
    "exclusiveMinimum": "more than {}",
    "maximum": "at most {}",
    "exclusiveMaximum": "less than {}",
    "minLength": "at least {} characters",
    "maxLength": "at most {} characters",
    "minItems": "at least {} entr{}",
    "maxItems": "at most {} entr{}",
    "pattern": "matches `{}`",
}
TYPES: Mapping[str, str] = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "true or false",
    "null": "null",
    "object": "mapping",
}
QUIET = {"minLength": 1}  # that a text must not be empty goes without saying


def describe_model(model: type[BaseModel], *, heading: str, names: Mapping[str, str]) -> str:
    """A section on one model; `names` are the headings of the models that have a section of their own."""
    intro = sentence(inspect.cleandoc(model.__doc__ or ""))
    return "\n\n".join([f"## {heading}", intro, fields_table(model, names=names)])


def fields_table(model: type[BaseModel], *, names: Mapping[str, str], without: Sequence[str] = ()) -> str:
    """The fields of a model, but for those in `without`."""
    schema = model.model_json_schema(by_alias=True)
    required = as_list(schema.get("required", []))
    rows = []
    for name, field in as_mapping(schema.get("properties", {})).items():
        if name not in without:
            part = as_mapping(field)
            default = "required" if name in required else default_text(model, name, part)
            rows.append((code(name), type_text(part, names), default, description_of(model, name, part)))
    return table(("key", "value", "default", "meaning"), rows)


def description_of(model: type[BaseModel], name: str, field: Schema) -> str:
    """What a field means, and its limits."""
    own = next((one.description for key, one in model.model_fields.items() if name in (key, one.alias)), None)
    text = own or DESCRIPTIONS.get((model.__name__, name), "")
    limits = ", ".join(limits_of(field))
    return f"{text} ({limits})" if limits else text


def limits_of(field: Schema) -> list[str]:
    """The limits of a field, of its one type beside null, or of a number that text may also write."""
    members = [as_mapping(one) for one in as_list(field.get("anyOf", []))]
    plain = [one for one in members if one.get("type") not in ("null", "string")] or members[:1]
    source = plain[0] if plain else field
    shown = [(text, source[key]) for key, text in LIMITS.items() if key in source and QUIET.get(key) != source[key]]
    return [text.format(number_text(value), "y" if value == 1 else "ies") for text, value in shown]


def number_text(value: object) -> str:
    """A limit without needless decimals."""
    return f"{value:g}" if isinstance(value, float) else str(value)


def default_text(model: type[BaseModel], name: str, field: Schema) -> str:
    """A default as YAML would have it; the word for none is nothing."""
    if "default" not in field:
        factory = next((f for n, f in model.model_fields.items() if name in (n, f.alias)), None)
        return "empty" if factory is not None and factory.default_factory in (list, dict) else ""
    default = field["default"]
    if default is None:
        return ""
    return "empty" if default in ([], {}, "") else code(default if isinstance(default, str) else json.dumps(default))


def type_text(field: Schema, names: Mapping[str, str]) -> str:
    """What kind of value a field takes."""
    if "$ref" in field:
        return reference_text(str(field["$ref"]), names)
    if "const" in field:
        return code(str(field["const"]))
    if "enum" in field:
        return ", ".join(code(str(value)) for value in as_list(field["enum"]))
    for key in ("anyOf", "oneOf", "allOf"):
        if key in field:
            return union_text([as_mapping(one) for one in as_list(field[key])], names)
    if field.get("type") == "array":
        return f"list of {type_text(as_mapping(field.get('items', {})), names)}"
    if field.get("type") == "object" and isinstance(field.get("additionalProperties"), Mapping):
        members = type_text(as_mapping(field["additionalProperties"]), names)
        return f"mapping of names to {members}"
    return TYPES.get(str(field.get("type")), "any JSON value")


def union_text(members: Sequence[Schema], names: Mapping[str, str]) -> str:
    """The members of a union, null left out: a key that may be null may as well be absent."""
    kinds = {str(one.get("type")) for one in members}
    if {"number", "string"} <= kinds <= {"number", "string", "null"}:  # how pydantic writes a Decimal
        return "decimal number"
    texts = [type_text(one, names) for one in members if one.get("type") != "null"]
    return " or ".join(dict.fromkeys(texts))


def reference_text(reference: str, names: Mapping[str, str]) -> str:
    """A link to the section of the model that a schema refers to."""
    model = reference.rsplit("/", 1)[-1]
    heading = names.get(model)
    return "any JSON value" if heading is None else f"[{heading}](#{anchor(heading)})"


def anchor(heading: str) -> str:
    """The fragment that GitHub makes of a heading."""
    return "".join(c for c in heading.lower().replace(" ", "-") if c.isalnum() or c in "-_")


def as_mapping(value: object) -> Schema:
    """A part of a schema that must be a mapping."""
    assert isinstance(value, Mapping)  # noqa: S101 # pydantic's own schemas
    return value


def as_list(value: object) -> Sequence[object]:
    """A part of a schema that must be a list."""
    assert isinstance(value, Sequence)  # noqa: S101 # pydantic's own schemas
    assert not isinstance(value, str)  # noqa: S101 # pydantic's own schemas
    return value
