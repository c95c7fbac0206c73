"""The operators of `transform` steps: pure functions of what the steps before made."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import JsonValue

from tasks.jobs.context import Context, RenderError, plain, resolve
from tasks.jobs.outputs import parse_json
from tasks.jobs.prompts import render
from tasks.jobs.steps import TransformStep

MAX_PARTS = 10_000


def transform(step: TransformStep, context: Context) -> JsonValue:
    """The output of a transform step; raises `RenderError` where its operator does not apply to the value."""
    if step.operator == "template":
        return render(step.template or "", context)
    value = plain(resolve(step.of or "", context))
    if step.operator == "select_fields":
        return select_fields(value, step.fields or ())
    if not isinstance(value, str):
        raise RenderError(f"{step.operator} needs a text at {step.of}")
    if step.operator == "parse_json":
        return parse_json(value)
    return value.strip() if step.operator == "strip" else split(value, step.separator)


def select_fields(value: JsonValue, fields: tuple[str, ...]) -> JsonValue:
    """The named fields of a mapping, in that order, or of each mapping in a list."""
    if isinstance(value, list):
        return [select_fields(member, fields) for member in value]
    if not isinstance(value, Mapping):
        raise RenderError("select_fields needs a mapping, or a list of them")
    for name in fields:
        if name not in value:
            raise RenderError(f"there is no field {name!r} to select")
    return {name: value[name] for name in fields}


def split(value: str, separator: str | None) -> JsonValue:
    """The parts between separators (or line breaks), trimmed, without empty ones."""
    parts = value.splitlines() if separator is None else value.split(separator)
    if len(parts) > MAX_PARTS:
        raise RenderError(f"split makes more than {MAX_PARTS} parts")
    return [part.strip() for part in parts if part.strip()]
