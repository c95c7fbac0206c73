"""The table of patterns, read from `patterns.yaml`."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Literal, TypeAlias

import yaml
from pydantic import BaseModel, ConfigDict

from tasks.redaction.engine import Pattern, compile_bytes
from tasks.redaction.looks import LOOKS, Looks

People: TypeAlias = Literal["emails", "phones"]


class Row(BaseModel):
    """One row of the table; `only` names the setting that switches it on."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    pattern: str
    looks: Looks
    only: People | None = None


class Table(BaseModel):
    """The whole file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    parts: dict[str, str]
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """One pattern over bytes, and what its secret part must look like; a match with a part `code` is none."""

    name: str
    pattern: Pattern
    looks: Looks

    def spans(self, data: bytes) -> list[tuple[int, int]]:
        """Where secrets stand in `data`."""
        groups = self.pattern.groupindex
        secret, code = groups.get(b"secret", 0), groups.get(b"code")
        is_secret = LOOKS[self.looks]
        return [
            match.span(secret)
            for match in self.pattern.finditer(data)
            if is_secret(match[secret]) and (code is None or match[code] is None)
        ]


@cache
def shipped_rules(people: Collection[People] = frozenset()) -> tuple[Rule, ...]:
    """The rules of the table, those on people only where they are asked for."""
    text = (resources.files(__package__) / "patterns.yaml").read_text()
    table = Table.model_validate(yaml.safe_load(text))
    rows = [row for row in table.rows if row.only is None or row.only in people]
    return tuple(Rule(row.name, compile_bytes(spelled(row.pattern, table.parts)), row.looks) for row in rows)


def spelled(pattern: str, parts: dict[str, str]) -> bytes:
    """A pattern with the parts that it names in angle brackets put in."""
    for name, part in reversed(parts.items()):  # a part may name earlier ones
        pattern = pattern.replace(f"<{name}>", part)
    return pattern.encode()
