"""What a linter has to say of one place in a policy file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Severity: TypeAlias = Literal["error", "warning"]
Code: TypeAlias = Literal[
    "invalid",
    "unreachable",
    "overlap",
    "never-matched",
    "shadowed",
    "emptied-shortlist",
    "no-price",
    "odd-price",
    "no-skills",
    "unknown-skill",
    "other-region",
    "no-examples",
]


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding; `line` is None where the file is not known by lines. Errors make `pointsman check` exit 2.

    `file` is empty for what is wrong with an option or a variable, which the message names.
    """

    severity: Severity
    code: Code
    file: str
    line: int | None
    message: str

    def __str__(self) -> str:
        where = self.file if self.line is None else f"{self.file}:{self.line}"
        return f"{where}: {self.message}" if where else self.message
