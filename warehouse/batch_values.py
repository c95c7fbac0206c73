"""The values that a batch's fields may have: JSON's, bounded in depth and size, without NUL and lone surrogates."""

from __future__ import annotations

from pathlib import Path
from typing import TypeAlias

from policies.errors import BadInputError

JsonValue: TypeAlias = "bool | int | float | str | list[JsonValue] | dict[str, JsonValue] | None"

MAX_DEPTH = 50
INTEGERS = range(-(2**63), 2**64)  # what checkpoints can hold


def is_plain(value: JsonValue) -> bool:
    """Whether a value is usable at first sight; most are, and a batch has many."""
    return value.isascii() and "\x00" not in value if isinstance(value, str) else value is None


def refuse_unusable(value: JsonValue, *, file: Path, line: int, field: str) -> None:
    """Raise `BadInputError` for a field whose name, or whatever is in its value, can't be used, or that is too deep."""
    refuse_text(field, file=file, line=line, field=field)
    if not isinstance(value, list | dict):
        refuse_scalar(value, file=file, line=line, field=field)
        return
    pending: list[tuple[JsonValue, int]] = [(value, 1)]
    while pending:
        current, depth = pending.pop()
        if depth > MAX_DEPTH:
            raise BadInputError(f"is nested deeper than {MAX_DEPTH} levels", file=file, line=line, field=field)
        if isinstance(current, list):
            pending += [(member, depth + 1) for member in current]
        elif isinstance(current, dict):
            pending += [(member, depth + 1) for member in (*current.keys(), *current.values())]
        else:
            refuse_scalar(current, file=file, line=line, field=field)


def refuse_scalar(value: JsonValue, *, file: Path, line: int, field: str) -> None:
    """Raise `BadInputError` for a text that can't be used, and for an integer that 64 bits can't hold."""
    if isinstance(value, str):
        refuse_text(value, file=file, line=line, field=field)
    elif isinstance(value, int) and value not in INTEGERS:
        raise BadInputError("must be a 64-bit integer", file=file, line=line, field=field, value=value)


def refuse_text(text: str, *, file: Path, line: int, field: str) -> None:
    """Raise `BadInputError` for text with NUL, or that UTF-8 can't hold."""
    if "\x00" in text:
        raise BadInputError("contains a NUL byte", file=file, line=line, field=field.replace("\x00", "\\0"))
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        raise BadInputError("contains half a surrogate pair", file=file, line=line, field=ascii(field)[1:-1])
