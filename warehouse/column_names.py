"""Names of columns as DuckDB compares them: without regard to the case of ASCII letters."""

from __future__ import annotations

import string
from collections.abc import Iterable, Sequence

_FOLD = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)


def fold(name: str) -> str:
    """A name as DuckDB compares it: `É` and `é` are two names, `E` and `e` are one."""
    return name.translate(_FOLD)


def same_names(names: Iterable[str]) -> tuple[str, str] | None:
    """The first name that equals an earlier one to DuckDB, after that one; None where all differ."""
    seen: dict[str, str] = {}
    for name in names:
        if (key := fold(name)) in seen:
            return seen[key], name
        seen[key] = name
    return None


def distinct_names(names: Sequence[str]) -> tuple[str, ...]:
    """The names with `_1`, `_2`, … after those that stand before already, as DuckDB does when it makes a table of them.

    `a, a, a_1, A` become `a, a_1, a_1_1, A_2`.
    """
    taken: set[str] = set()
    counts: dict[str, int] = {}
    distinct = []
    for name in names:
        key, free = fold(name), name
        while fold(free) in taken:
            counts[key] = counts.get(key, 0) + 1
            free = f"{name}_{counts[key]}"
        taken.add(fold(free))
        distinct.append(free)
    return tuple(distinct)
