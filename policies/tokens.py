"""A tokeniser-free estimate of how many tokens a text will be."""

from __future__ import annotations

import math
import re

# Byte-pair vocabularies keep most English words whole, with their leading space, and split long or rare ones.
LETTERS_PER_TOKEN = 7
CAPITALS_PER_TOKEN = 4
BYTES_PER_TOKEN_BEYOND_ASCII = 2.0

_WORDS = re.compile(r"[A-Za-z]+")
_DIGITS = re.compile(r"[0-9]")
_SIGNS = re.compile(r"[^\sA-Za-z0-9\u0080-\U0010ffff]")
_BREAKS = re.compile(r"\s{2,}|\n")


def estimate_tokens(text: str) -> int:
    """Estimate the tokens of `text`, rather too many than too few; 0 for an empty text.

    Words count one token per seven letters (four if in capitals), each digit, punctuation sign and line break one, and
    text beyond ASCII one per two UTF-8 bytes, since vocabularies are mostly English. Measured against Qwen2.5's
    tokeniser: 1.1 to 1.35 times the truth on prose, code, JSON and German, 1.9 on Chinese, and 0.85 on bare numbers and
    capitals, which the margin of `pricing.worst_case_usd` covers.
    """
    words = sum(count_word(word) for word in _WORDS.findall(text))
    digits = len(_DIGITS.findall(text))
    n_bytes_beyond = len("".join(c for c in text if c > "\x7f").encode("utf-8", "replace")) if not text.isascii() else 0
    beyond = math.ceil(n_bytes_beyond / BYTES_PER_TOKEN_BEYOND_ASCII)
    return words + digits + len(_SIGNS.findall(text)) + len(_BREAKS.findall(text)) + beyond


def count_word(word: str) -> int:
    """The tokens of one run of ASCII letters."""
    letters = CAPITALS_PER_TOKEN if word.isupper() and len(word) > 1 else LETTERS_PER_TOKEN
    return math.ceil(len(word) / letters)
