"""Text into search words: identifiers whole and in parts, question words dropped, plurals folded."""

from __future__ import annotations

import re

WORD = re.compile(r"[^\W\d_]\w*(?:\.\w+)*|_+\w+(?:\.\w+)*|\d+(?:\.\d+)*")
PART = re.compile(r"[A-Z]+(?![^\W\d_A-Z])|[A-Z]?[^\W\d_A-Z]+|\d+")
QUESTION_WORDS = """
a an and are as at be been being but by can could did do does for from had has have how i if in into is it its
me my no nor of on or our shall should so some such than that the their them then there these they this those
to too us was we were what when where which while who whom why will with would you your
"""
STOP_WORDS = frozenset(QUESTION_WORDS.split())


def split_words(text: str) -> list[str]:
    """The words of `text` in order, lower case: each identifier whole, then its camelCase, snake_case, dotted parts."""
    words: list[str] = []
    for token in WORD.findall(text):
        whole = token.lower()
        parts = [fold_plural(part.lower()) for part in PART.findall(token)]
        if len(parts) > 1 or "_" in whole:
            words.append(whole)
            words += [part for part in parts if part not in STOP_WORDS]
        elif whole not in STOP_WORDS:
            words.append(parts[0] if parts else whole)
    return words


def plain_words(text: str) -> list[str]:
    """The words of `text` without taking identifiers apart: the baseline that the benchmark compares with."""
    return [word for word in re.findall(r"\b\w\w+\b", text.lower()) if word not in STOP_WORDS]


def humanize(title: str) -> str:
    """A title with identifiers in separate words, for an encoder that knows prose (`readLines` gives `read Lines`)."""
    return " ".join(PART.findall(title))


def fold_plural(word: str) -> str:
    """The singular of an English plural by the three rules of the S stemmer (Harman, 1991); other words as they are."""
    if len(word) <= 3 or not word.endswith("s"):
        return word
    if word.endswith("ies") and not word.endswith(("eies", "aies")):
        return word[:-3] + "y"
    if word.endswith("es") and not word.endswith(("aes", "ees", "oes")):
        return word[:-1]
    return word if word.endswith(("us", "ss")) else word[:-1]
