"""Regular expressions that take time linear in the text, whatever they are (RE2)."""

from __future__ import annotations

from functools import lru_cache
from typing import Protocol

import re2

MAX_MEMORY_BYTES = 8 * 1024 * 1024


class Pattern(Protocol):
    """A compiled expression."""

    def search(self, text: str) -> object | None: ...


@lru_cache(maxsize=1024)
def compile_pattern(pattern: str) -> Pattern:
    """Compile an expression in RE2's syntax; raises ValueError that says what is wrong with it.

    Syntax: https://github.com/google/re2/wiki/Syntax. `(?i)` in front ignores case.
    """
    options = re2.Options()
    options.log_errors = False
    options.max_mem = MAX_MEMORY_BYTES
    try:
        compiled: Pattern = re2.compile(pattern, options=options)
    except re2.error as error:
        reason = error.args[0].decode() if isinstance(error.args[0], bytes) else str(error)
        raise ValueError(f"is not a regular expression that RE2 takes: {reason}") from error
    return compiled
