"""A tokeniser-free estimate of how many tokens a text will be."""

from __future__ import annotations

import math
import re

# Byte-pair vocabularies keep most English words whole, with their leading space, and split long or rare ones.
CHARACTERS_PER_PIECE = 7
CHARACTERS_PER_DIGIT_RUN = 2
BYTES_PER_TOKEN_BEYOND_ASCII = 2.0

_WORDS = re.compile(r"[A-Za-z]+")
_DIGITS = re.compile(r"[0-9]+")
_SIGNS = re.compile(r"[^\sA-Za-z0-9\u0080-\U0010ffff]")
_BREAKS = re.compile(r"\s{2,}|\n")


def estimate_tokens(text: str) -> int:
    """Estimate the tokens of `text`, rather too many than too few; 0 for an empty text.

    Words count one token per seven letters, digits one per two, each punctuation sign and line break one, and text
    beyond ASCII one per two UTF-8 bytes, since vocabularies are mostly English.
    """
    words = sum(math.ceil(len(word) / CHARACTERS_PER_PIECE) for word in _WORDS.findall(text))
    digits = sum(math.ceil(len(run) / CHARACTERS_PER_DIGIT_RUN) for run in _DIGITS.findall(text))
    n_bytes_beyond = len("".join(c for c in text if c > "\x7f").encode("utf-8", "replace")) if not text.isascii() else 0
    beyond = math.ceil(n_bytes_beyond / BYTES_PER_TOKEN_BEYOND_ASCII)
    return words + digits + len(_SIGNS.findall(text)) + len(_BREAKS.findall(text)) + beyond
