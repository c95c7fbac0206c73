"""What kind of answer a question wants, by its wording alone."""

from __future__ import annotations

import re
from typing import Literal

Kind = Literal["name", "default", "yes_no", "choice", "sentence"]

NOUN = (
    r"function|method|class|module|decorator|exception|iterator|generator|context manager|constant|attribute|property|"
    r"object|type|library|package|command|option|tool|call"
)
NAME = re.compile(rf"\b(?:which|what|name (?:the|a))\b(?:\W+\w+){{0,5}}?\W+(?:{NOUN})s?\b", re.IGNORECASE)
DEFAULT = re.compile(
    r"\bdefaults?\b|\b(?:if|when|unless) (?:I|you|one|it|no|nothing|none|not)\b|\bnot given\b", re.IGNORECASE
)
HOW_MANY = re.compile(r"\b(?:how (?:many|much|long|large|big|often)|what|which value)\b", re.IGNORECASE)
YES_NO = re.compile(
    r"^(?:is|are|was|were|does|do|did|can|could|will|would|has|have|had|should|must|may|am)(?:n't)?\b", re.IGNORECASE
)
WHICH_OF = re.compile(r"\bwhich (?:one )?of\b|\bwhich (?:one|of the two|is|has|does)?\b.*\bor\b", re.IGNORECASE)
IDENTIFIER = re.compile(r"\b[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+|\b[A-Za-z]+_\w+|\b[A-Z][a-z]+[A-Z]\w*")
NEGATION = re.compile(r"\b(?:not|never|no|none|nothing|cannot|without|neither|nor)\b|n't\b", re.IGNORECASE)


def kind_of(question: str) -> Kind:
    """The kind of a question; its last sentence decides whether it is a yes-no question."""
    last = re.split(r"(?<=[.!])\s+", question.strip())[-1]
    last = re.sub(r"^[^,]{0,60},\s+(?=(?:is|are|does|do|can|will|has|have|should)\b)", "", last)
    if YES_NO.match(last):
        return "yes_no"
    if len(set(identifiers(question))) >= 2 and WHICH_OF.search(last):
        return "choice"
    if NAME.search(question) and not re.search(r"\bdefault\b", question, re.IGNORECASE):
        return "name"
    if DEFAULT.search(question) and HOW_MANY.search(question):
        return "default"
    return "sentence"


def identifiers(question: str) -> list[str]:
    """The names of code that a question mentions: dotted, snake_case or CamelCase."""
    return IDENTIFIER.findall(question)
