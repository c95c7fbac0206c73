"""What a text looks like, whatever it is about: length, and how much of it is of which kind of sign."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from policies.predictor.observations import Floats

KINDS: tuple[str, ...] = (
    "abcdefghijklmnopqrstuvwxyz",
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "0123456789",
    " \t\r\f\v",
    "\n",
    ".!",
    "?",
    ",;",
    "()",
    "[]{}<>",
    "\"'`",
    "+-*/=^|~",
    "$\\%",
    ":",
    "_#@&",
)
OTHER = len(KINDS)  # bytes beyond ASCII
LOWER, UPPER, DIGIT, BLANK, BREAK = range(5)
LONG_WORD = 10  # letters


def kind_of_byte() -> np.ndarray:
    """The kind of each of the 256 bytes."""
    table = np.full(256, OTHER, dtype=np.uint8)
    for kind, signs in enumerate(KINDS):
        table[list(signs.encode())] = kind
    return table


KIND_OF_BYTE = kind_of_byte()
N_FEATURES = 2 * (OTHER + 1) + 5


def measure_surface(texts: Sequence[str]) -> Floats:
    """Per text (n, `N_FEATURES`): log counts and shares of each kind of sign, log length, words, numbers and their
    mean lengths, long words."""
    if not texts:
        return np.empty((0, N_FEATURES))
    pieces = [text.encode("utf-8", "replace") + b" " for text in texts]
    lengths = np.array([len(piece) for piece in pieces])
    starts = np.concatenate([[0], np.cumsum(lengths)[:-1]])
    kinds = KIND_OF_BYTE[np.frombuffer(b"".join(pieces), dtype=np.uint8)]
    counts = np.stack([sum_each(kinds == kind, starts) for kind in range(OTHER + 1)], axis=1)
    is_letter = (kinds == LOWER) | (kinds == UPPER)
    words, numbers = sum_each(begins(is_letter), starts), sum_each(begins(kinds == DIGIT), starts)
    columns = [
        np.log1p(lengths),
        np.log1p(words),
        np.log1p(numbers),
        (counts[:, LOWER] + counts[:, UPPER]) / (words + 1),
        np.log1p(sum_each(ends_long(is_letter), starts)),
    ]
    return np.hstack([np.stack(columns, axis=1), np.log1p(counts), counts / lengths[:, None]])


def sum_each(marks: np.ndarray, starts: np.ndarray) -> Floats:
    """How many marks each text has."""
    return np.asarray(np.add.reduceat(marks, starts, dtype=np.float64))


def begins(marks: np.ndarray) -> np.ndarray:
    """Where a run of marks begins."""
    found = marks.copy()
    found[1:] &= ~marks[:-1]
    return found


def ends_long(is_letter: np.ndarray) -> np.ndarray:
    """Where the last letter of a word of at least `LONG_WORD` stands."""
    is_end = is_letter.copy()
    is_end[:-1] &= ~is_letter[1:]
    ends, first = np.flatnonzero(is_end), np.flatnonzero(begins(is_letter))
    found = np.zeros_like(is_letter)
    found[ends[ends - first + 1 >= LONG_WORD]] = True
    return found
