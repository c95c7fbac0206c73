"""Regular expressions that take time linear in the text, whatever they are (RE2)."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import Protocol

import re2

MAX_MEMORY_BYTES = 8 * 1024 * 1024
# A set holds the automata of all its expressions; beyond this many, another set is begun.
SET_SIZE, SET_MEMORY_BYTES = 64, 64 * 1024 * 1024
NO_WORD = r"[^\pL\pM\pN_]"
WHITE = r"[\s\pZ\x{85}\x{1c}-\x{1f}]+"


class Pattern(Protocol):
    """A compiled expression."""

    def search(self, text: bytes) -> object | None: ...


def encoded(text: str) -> bytes:
    """A text as RE2 reads it: UTF-8, `?` for what has no place in it."""
    return text.encode("utf-8", "replace")


def contains(pattern: Pattern, text: str) -> bool:
    """Whether the expression is found anywhere in the text."""
    return pattern.search(encoded(text)) is not None


@lru_cache(maxsize=2048)
def compile_pattern(pattern: str, max_memory_bytes: int = MAX_MEMORY_BYTES) -> Pattern:
    """Compile an expression in RE2's syntax; raises ValueError that says what is wrong with it.

    Syntax: https://github.com/google/re2/wiki/Syntax. `(?i)` in front ignores case.
    """
    try:
        compiled: Pattern = re2.compile(pattern, options=options_of(max_memory_bytes))
    except re2.error as error:
        reason = error.args[0].decode() if isinstance(error.args[0], bytes) else str(error)
        raise ValueError(f"is not a regular expression that RE2 takes: {reason}") from error
    return compiled


def options_of(max_memory_bytes: int) -> re2.Options:
    """Errors are raised, not logged."""
    options = re2.Options()
    options.log_errors = False
    options.max_mem = max_memory_bytes
    return options


def word_expression(words: Sequence[str]) -> str:
    """One expression for any of the words or phrases, whole and in any case.

    A space in a phrase stands for one or more of any white space. What is no letter, mark, digit or `_` ends a word. A
    letter and its accent are the same as one character and as two: texts taken out of PDFs have two.
    """
    phrases = (WHITE.join(word_spelt(word) for word in phrase.split()) for phrase in words)
    return f"(?i)(?:^|{NO_WORD})(?:{'|'.join(phrases)})(?:{NO_WORD}|$)"


def word_spelt(word: str) -> str:
    """An expression for a word with its accents composed, decomposed, or as it is written."""
    spellings = {unicodedata.normalize("NFC", word), unicodedata.normalize("NFD", word), word}
    escaped = sorted(re2.escape(spelling) for spelling in spellings)
    return escaped[0] if len(escaped) == 1 else f"(?:{'|'.join(escaped)})"


def compile_words(words: Sequence[str]) -> Pattern:
    """The compiled `word_expression`; ValueError where there are too many of them."""
    return compile_pattern(word_expression(words), SET_MEMORY_BYTES)


class PatternSet:
    """Many expressions looked for in one pass over a text, each by its number."""

    def __init__(self, expressions: Sequence[str]) -> None:
        numbered = list(enumerate(expressions))
        self._sets = [compile_set(numbered[i : i + SET_SIZE]) for i in range(0, len(numbered), SET_SIZE)]

    def find(self, text: str) -> set[int]:
        """The numbers of the expressions that are found in the text."""
        return set(self.find_encoded(encoded(text)))

    def find_encoded(self, data: bytes) -> Sequence[int]:
        """The same of a text as RE2 reads it."""
        if len(self._sets) == 1:
            return self._sets[0].find(data)
        return [number for one in self._sets for number in one.find(data)]


class CompiledSet:
    """Some of the expressions; where RE2 can't hold them together, each is looked for by itself."""

    def __init__(self, numbered: Sequence[tuple[int, str]], together: re2.Set | None) -> None:
        self._numbers = [number for number, _ in numbered]
        self._alone = [(number, expression) for number, expression in numbered]
        self._together = together
        self._witness = len(self._numbers)  # the empty expression: found in every text, unless memory ran out

    def find(self, data: bytes) -> list[int]:
        """The numbers of those that are found."""
        found = self._together.Match(data) if self._together is not None else None
        if found is None or self._witness not in found:
            return [
                number
                for number, expression in self._alone
                if compile_pattern(expression, SET_MEMORY_BYTES).search(data)
            ]
        return [self._numbers[i] for i in found if i != self._witness]


def compile_set(numbered: Sequence[tuple[int, str]]) -> CompiledSet:
    """One set of expressions that compile each by itself."""
    together = re2.Set.SearchSet(options_of(SET_MEMORY_BYTES))
    for _, expression in numbered:
        together.Add(expression)
    together.Add("")
    try:
        together.Compile()
    except re2.error:
        return CompiledSet(numbered, None)
    return CompiledSet(numbered, together)
