"""Redaction of structures, and of the lines that go to the spool."""

from __future__ import annotations

from collections.abc import Mapping

from tasks.redaction.vault import redact, suspects
from warehouse.segments import rewrite


def redact_value(value: object) -> object:
    """The same JSON value with every text in it redacted, keys of mappings included."""
    match value:
        case str():
            return redact(value)
        case Mapping():
            return {redact_value(key): redact_value(member) for key, member in value.items()}
        case list() | tuple():
            return [redact_value(member) for member in value]
    return value


def clean_line(line: bytes) -> bytes:
    """One encoded record with every text in it redacted: names, ids and reasons, which no one thinks of as texts."""
    return rewrite(line, redact_value) if suspects(line) else line
