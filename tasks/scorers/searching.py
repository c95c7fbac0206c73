"""Regular expressions of users' files, bounded: a search stops at its time limit, which Python's own `re` can't."""

from __future__ import annotations

from functools import lru_cache
from math import prod

import regex  # type: ignore[import-untyped]  # ships no types

from policies.errors import BadInputError

MAX_PATTERN = 500
MAX_COPIES = 10_000
MAX_TEXT = 200_000
TIMEOUT_S = 0.5
COUNT = regex.compile(r"\{(\d*)(?:,(\d*))?\}")


def check_pattern(pattern: str) -> None:
    """Raise `BadInputError` without a place unless `pattern` is a regular expression of modest size."""
    if len(pattern) > MAX_PATTERN:
        raise BadInputError(f"the pattern is longer than {MAX_PATTERN} characters")
    # counts in counts are unrolled: ((a{100}){100}){100} is a million states
    copies = prod(max(int(count[:9] or 1) for count in found) or 1 for found in COUNT.findall(pattern))
    if copies > MAX_COPIES:
        raise BadInputError(f"the pattern's counts multiply to more than {MAX_COPIES}", value=pattern)
    try:
        regex.compile(pattern)
    except (regex.error, OverflowError, RecursionError, ValueError) as error:
        raise BadInputError(f"is not a regular expression: {error}", value=pattern) from error


def is_found(pattern: str, text: str) -> bool | None:
    """Whether `pattern` is in the first `MAX_TEXT` characters of `text`; None where the search took too long."""
    try:
        return compiled(pattern).search(text[:MAX_TEXT], timeout=TIMEOUT_S) is not None
    except TimeoutError:
        return None


@lru_cache(maxsize=256)
def compiled(pattern: str) -> regex.Pattern[str]:
    """A pattern that `check_pattern` let through."""
    return regex.compile(pattern)
