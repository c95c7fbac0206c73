"""The names that a job file may give, each with an error that says what is allowed."""

from __future__ import annotations

import re
from typing import Annotated, TypeAlias

from pydantic import AfterValidator

from tasks.redaction.vault import redact


def matching(pattern: str, *, problem: str) -> AfterValidator:
    """A validator that refuses a text which does not match `pattern` as a whole, in the words of `problem`."""
    compiled = re.compile(pattern)

    def check(text: str) -> str:
        if not compiled.fullmatch(text):
            raise ValueError(problem)
        if redact(text) != text:  # it would stand in names of files, of task runs and of artifacts
            raise ValueError("looks like a credential")
        return text

    return AfterValidator(check)


JobName: TypeAlias = Annotated[
    str, matching("[a-z][a-z0-9_-]{0,63}", problem="must be small letters, digits, _ and -, at most 64")
]
StepName: TypeAlias = Annotated[
    str, matching("[a-z][a-z0-9_]{0,63}", problem="must be small letters, digits and _, at most 64")
]
FieldName: TypeAlias = Annotated[
    str, matching("[A-Za-z_][A-Za-z0-9_]{0,99}", problem="must be letters, digits and _, at most 100")
]
Tag: TypeAlias = Annotated[
    str, matching("[A-Za-z0-9][A-Za-z0-9_.:/-]{0,99}", problem="must be letters, digits and _.:/-, at most 100")
]
PolicySpec: TypeAlias = Annotated[
    str,
    matching(
        r"rules|strongest|cheapest|random|performance|cascade|fixed:[^\s:].{0,199}",
        problem="must be rules, strongest, cheapest, random, performance, cascade or fixed:MODEL",
    ),
]
