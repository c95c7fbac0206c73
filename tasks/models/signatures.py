"""Parameters and default values, read from a passage's heading such as `textwrap.wrap(text, width=70)`."""

from __future__ import annotations

import re
from collections.abc import Mapping

from tasks.retrieval.words import split_words

PARAMETER = re.compile(r"^\*{0,2}(\w+)\s*(?::[^=]*)?(?:=\s*(.+))?$", re.DOTALL)
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
    """The parameter that the question names, whole or by its parts (`sort keys` for sort_keys); the longest wins."""
    words = set(split_words(question)) | set(re.findall(r"\w+", question.lower()))
    named = [name for name in defaults if name.lower() in words or set(split_words(name)) <= words]
    return max(named, key=len, default=None)
