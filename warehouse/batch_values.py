"""The values that a batch's fields may have: JSON's, bounded in depth, without NUL and lone surrogates."""

from __future__ import annotations

from pathlib import Path
from typing import TypeAlias

from policies.errors import BadInputError

JsonValue: TypeAlias = "bool | int | float | str | list[JsonValue] | dict[str, JsonValue] | None"

MAX_DEPTH = 50


def refuse_unusable(value: JsonValue, *, file: Path, line: int, field: str) -> None:
    """Raise `BadInputError` if a field's name, or any text within its value, can't be used, or it is too deep."""
    refuse_text(field, file=file, line=line, field=field)
    pending: list[tuple[JsonValue, int]] = [(value, 1)]
    while pending:
        current, depth = pending.pop()
        if depth > MAX_DEPTH:
            raise BadInputError(f"is nested deeper than {MAX_DEPTH} levels", file=file, line=line, field=field)
        if isinstance(current, str):
            refuse_text(current, file=file, line=line, field=field)
        elif isinstance(current, list):
            pending += [(member, depth + 1) for member in current]
        elif isinstance(current, dict):
            pending += [(member, depth + 1) for member in (*current.keys(), *current.values())]


def refuse_text(text: str, *, file: Path, line: int, field: str) -> None:
    """Raise `BadInputError` for text with NUL, or that UTF-8 can't hold."""
    if "\x00" in text:
        raise BadInputError("contains a NUL byte", file=file, line=line, field=field.replace("\x00", "\\0"))
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        raise BadInputError("contains half a surrogate pair", file=file, line=line, field=ascii(field)[1:-1])
