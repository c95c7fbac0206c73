"""What a template or a scorer may look at: the item, and the outputs of the steps before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Annotated, TypeAlias

from pydantic import Field, JsonValue

from policies.errors import WorkFailedError
from tasks.jobs.names import matching

MAX_DEPTH = 60

REFERENCE = r"(item|steps)(\.[A-Za-z_][A-Za-z0-9_]*)+"
Reference: TypeAlias = Annotated[
    str,
    matching(REFERENCE, problem="must be item.FIELD, steps.STEP or steps.STEP.FIELD"),
    Field(
        max_length=200,
        description="Where a value is taken from: `item.FIELD`, `steps.STEP` or `steps.STEP.FIELD`.",
    ),
]


class RenderError(WorkFailedError):
    """A template, a reference or an operator that can't be applied to this item; only this item's step fails."""


@dataclass(frozen=True, slots=True)
class Context:
    """One item under way: its fields, and the outputs of finished steps by the steps' names.

    An output is a text, a JSON value (a step with `output`, or a transform), or a list of passages.
    """

    item: Mapping[str, object]
    steps: Mapping[str, object] = field(default_factory=dict)


def resolve(reference: str, context: Context) -> object:
    """The value that `reference` points at; raises `RenderError` where the item or the output lacks it."""
    root, *names = reference.split(".")
    value: object = context.item if root == "item" else context.steps
    for depth, name in enumerate(names):
        if not isinstance(value, Mapping) or name not in value:
            raise RenderError(f"{'.'.join((root, *names[:depth]))} has no {name!r}")
        value = value[name]
    return value


def plain(value: object, *, depth: int = 0) -> JsonValue:
    """`value` as JSON types: dataclasses such as passages become mappings, tuples lists, the unknown its text.

    Raises `RenderError` for what is nested deeper than `MAX_DEPTH`: a model can write a thousand brackets.
    """
    if value is None or isinstance(value, str | bool | int | float):
        return value
    if depth > MAX_DEPTH:
        raise RenderError(f"is nested deeper than {MAX_DEPTH} levels")
    if is_dataclass(value) and not isinstance(value, type):
        return {one.name: plain(getattr(value, one.name), depth=depth + 1) for one in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(member, depth=depth + 1) for key, member in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray):
        return [plain(member, depth=depth + 1) for member in value]
    return str(value)
