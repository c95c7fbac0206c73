"""Parameters and default values, read from a passage's heading such as `textwrap.wrap(text, width=70)`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from tasks.retrieval.words import split_words

PARAMETER = re.compile(r"^\*{0,2}(\w+)\s*(?::[^=]*)?(?:=\s*(.+))?$", re.DOTALL)
STATED = re.compile(
    r"\bdefaults?(?: value)?(?: is| to|s to|ing to| of|:|=)?(?: the)?[\s=]+[`'\"]?(-?\d[\w.]*|None|True|False|'[^']*')",
    re.IGNORECASE,
)
VAGUE = frozenset({"the", "default", "value", "function", "method", "class", "return", "type", "name", "file", "use"})
OPENING, CLOSING = "([{", ")]}"


def defaults_of(heading: str) -> dict[str, str]:
    """Each parameter that has a default value, with the value as it is written."""
    found: dict[str, str] = {}
    for part in split_arguments(heading):
        match = PARAMETER.match(part.strip())
        if match and match[2]:
            found[match[1]] = match[2].strip()
    return found


def split_arguments(heading: str) -> list[str]:
    """The arguments between the first parenthesis and the one that closes it; quotes and brackets hold together."""
    start = heading.find("(")
    if start < 0:
        return []
    parts, depth, quote, current = [], 0, "", ""
    for character in heading[start:]:
        if quote:
            quote = "" if character == quote else quote
        elif character in "'\"":
            quote = character
        elif character in OPENING:
            depth += 1
            if depth == 1:
                continue
        elif character in CLOSING:
            depth -= 1
            if depth == 0:
                break
        if character == "," and depth == 1 and not quote:
            parts.append(current)
            current = ""
        else:
            current += character
    return [part for part in (*parts, current) if part.strip()]


def asked_parameter(question: str, defaults: Mapping[str, str]) -> str | None:
    """The parameter that the question is about, by the parts of its name that the question's words stand for.

    A part and a word agree when one begins or ends with the other (`tol` and `tolerance`, `maxsize` and `size`), at
    least three letters long. The parameter with the largest share of such parts wins, then the longest name.
    """
    words = list(dict.fromkeys((*split_words(question), *re.findall(r"\w+", question.lower()))))
    words = [word for word in words if len(word) >= 3 and word not in VAGUE]
    shares = {name: share_named(name, words) for name in defaults}
    best = max(shares, key=lambda name: (shares[name], len(name)), default=None)
    return best if best is not None and shares[best] >= 0.5 else None


def share_named(name: str, words: Sequence[str]) -> float:
    """The share of a parameter's parts that any of the words stands for; a name said in full counts a little more."""
    if name.lower() in words:
        return 1.1
    parts = [part for part in split_words(name) if "_" not in part and len(part) >= 3]
    return sum(any(agree(part, word) for word in words) for part in parts) / len(parts) if parts else 0.0


def agree(part: str, word: str) -> bool:
    """Whether one is the beginning or the end of the other."""
    return part.startswith(word) or part.endswith(word) or word.startswith(part)


def stated_default(sentence: str) -> str | None:
    """The value that a sentence itself calls the default: `(default 7)`, `defaults to None`, `the default is 0.6`."""
    found = STATED.search(sentence)
    return found[1].strip("'\"`.,;)") if found else None
