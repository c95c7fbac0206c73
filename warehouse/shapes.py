"""The JSON shape of each record kind as DuckDB's `from_json_strict` takes it, derived from the dataclasses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache
from types import UnionType
from typing import Literal, Union, get_args, get_origin, get_type_hints

import orjson

from warehouse.records import KINDS

_SCALARS: Mapping[object, str] = {
    str: "VARCHAR",
    int: "BIGINT",
    float: "DOUBLE",
    bool: "BOOLEAN",
    Decimal: "DECIMAL(18,9)",
    datetime: "TIMESTAMPTZ",
}


@cache
def shape_of(kind: str) -> str:
    """The shape of a kind's payload as JSON text: keys to DuckDB types, nested as the record is."""
    return orjson.dumps(shape(KINDS[kind])).decode()


def shape(annotation: object) -> object:
    """The shape of one annotated type: a type name, an object of shapes, or a list of one shape."""
    if annotation in _SCALARS:
        return _SCALARS[annotation]
    if isinstance(annotation, type) and is_dataclass(annotation):
        hints = get_type_hints(annotation)
        return {field.name: shape(hints[field.name]) for field in fields(annotation)}
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin in (Union, UnionType):
        return shape(next(member for member in arguments if member is not type(None)))
    if origin is Literal:
        return "VARCHAR"
    if origin is tuple:
        return [shape(arguments[0])]
    if origin is Mapping:
        return "JSON"
    raise TypeError(f"records may not hold {annotation!r}")
