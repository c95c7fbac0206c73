"""Texts brought into a form in which they can be compared."""

from __future__ import annotations

import re
import string
import unicodedata

ARTICLES = re.compile(r"\b(a|an|the)\b")
PUNCTUATION = str.maketrans("", "", string.punctuation)
QUOTES = str.maketrans({"“": '"', "”": '"', "‘": "'", "’": "'", "`": None, "*": None})


def normalise(text: str) -> str:
    """Fold case, Unicode compatibility forms, typographic quotes and spaces; leave out Markdown's ` and *."""
    return " ".join(unicodedata.normalize("NFKC", text).translate(QUOTES).casefold().split())


def words_of(text: str) -> list[str]:
    """The words of SQuAD's `normalize_answer` (Rajpurkar et al. 2016): lower case, no punctuation, no articles."""
    return ARTICLES.sub(" ", text.lower().translate(PUNCTUATION)).split()
