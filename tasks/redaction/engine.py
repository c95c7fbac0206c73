"""RE2 over bytes: linear in the text, whatever the pattern."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Protocol

import re2

MAX_MEMORY_BYTES = 64 * 1024 * 1024  # for the states that RE2 keeps; a pattern that needs more gets slower, not wrong


class Match(Protocol):
    """One match."""

    def span(self, group: int) -> tuple[int, int]: ...

    def __getitem__(self, group: int) -> bytes: ...


class Pattern(Protocol):
    """A compiled expression; `groupindex` maps the names of its groups to their numbers."""

    @property
    def pattern(self) -> bytes: ...

    @property
    def groupindex(self) -> Mapping[bytes, int]: ...

    def search(self, text: bytes) -> Match | None: ...

    def finditer(self, text: bytes) -> Iterator[Match]: ...


@lru_cache(maxsize=256)
def compile_bytes(pattern: bytes) -> Pattern:
    """Compile an expression whose classes are of bytes."""
    compiled: Pattern = re2.compile(pattern, options=options())
    return compiled


def options() -> re2.Options:
    """Bytes as they are, silent, with room for many patterns in one."""
    chosen = re2.Options()
    chosen.encoding = re2.Options.Encoding.LATIN1
    chosen.log_errors = False
    chosen.max_mem = MAX_MEMORY_BYTES
    return chosen


class Gate:
    """Many expressions at once: whether any is found, and then which."""

    def __init__(self, patterns: Iterable[bytes]) -> None:
        bare = [pattern.replace(b"(?P<secret>", b"(?:").replace(b"(?P<code>", b"(?:") for pattern in patterns]
        self._n = len(bare)
        self._any = compile_bytes(b"|".join(b"(?:%b)" % pattern for pattern in bare))
        self._which = re2.Set.SearchSet(options())
        for pattern in bare:
            self._which.Add(pattern)
        self._which.Compile()

    def is_open(self, data: bytes) -> bool:
        """Whether any expression is found."""
        return self._any.search(data) is not None

    def found(self, data: bytes) -> Sequence[int]:
        """The numbers of the expressions that are found, or all of them where RE2 ran out of memory for a set."""
        if not self.is_open(data):
            return ()
        return self._which.Match(data) or range(self._n)
