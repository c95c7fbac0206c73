"""Texts that show nothing."""

from __future__ import annotations

import unicodedata

# White space of every kind, control characters, and format characters such as the zero-width space.
BLANK_CATEGORIES = frozenset({"Zs", "Zl", "Zp", "Cc", "Cf"})


def is_blank(text: str) -> bool:
    """Whether no character of a text can be seen; an empty one is blank."""
    return all(unicodedata.category(character) in BLANK_CATEGORIES for character in text)
