"""What kind of answer a question wants, by its wording alone."""

from __future__ import annotations

import re
from typing import Literal

Kind = Literal["name", "default", "yes_no", "choice", "sentence"]

NOUN = (
    r"function|method|class|module|decorator|exception|iterator|generator|context manager|constant|attribute|property|"
    r"object|type|library|package|command|tool|call|mapping|container|collection|assertion|formatter|handler|helper"
)
NAME = re.compile(rf"\b(?:which|what|name (?:the|a))\b(?:\W+\w+){{0,5}}?\W+(?:{NOUN})s?\b", re.IGNORECASE)
THE_DEFAULT = re.compile(r"\bdefault\b.{0,40}\bof\b|\bby default\b|\bwhat is the default\b", re.IGNORECASE)
DEFAULT = re.compile(
    r"\bdefaults?\b|\b(?:if|when|unless) (?:I|you|one|it|no|nothing|none|not)\b|\bnot given\b", re.IGNORECASE
)
HOW_MANY = re.compile(r"\b(?:how (?:many|much|long|large|big|often)|what|which value)\b", re.IGNORECASE)
YES_NO = re.compile(
    r"^(?:is|are|was|were|does|do|did|can|could|will|would|has|have|had|should|must|may|am)(?:n't)?\b", re.IGNORECASE
)
WHICH_OF = re.compile(r"\bwhich (?:one )?of\b|\bwhich (?:one|of the two|is|has|does)?\b.*\bor\b", re.IGNORECASE)
IDENTIFIER = re.compile(r"\b[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+|\b[A-Za-z]+_\w+|\b[A-Za-z][a-z]+[A-Z]\w*")
ARGUMENT = re.compile(
    r"\bthe [`'\"]?(\w+)[`'\"]? (?:argument|parameter|keyword)\b|\b(?:argument|parameter|keyword) [`'\"](\w+)",
    re.IGNORECASE,
)
NEGATION = re.compile(r"\b(?:not|never|no|none|nothing|cannot|without|neither|nor)\b|n't\b", re.IGNORECASE)


def kind_of(question: str) -> Kind:
    """The kind of a question; its last sentence decides whether it is a yes-no question."""
    last = re.split(r"(?<=[.!])\s+", question.strip())[-1]
    last = re.sub(r"^[^,]{0,60},\s+(?=(?:is|are|does|do|can|will|has|have|should)\b)", "", last)
    has_options = len(set(identifiers(question))) >= 2
    if has_options and (WHICH_OF.search(last) or re.search(r"[\w.]+ or [\w.]+\.\w+", last)):
        return "choice"
    if YES_NO.match(last):
        return "yes_no"
    if NAME.search(question) and not THE_DEFAULT.search(question):
        return "name"
    if DEFAULT.search(question) and HOW_MANY.search(question):
        return "default"
    return "sentence"


def wants_number(question: str) -> bool:
    """Whether only a number can be the answer."""
    return bool(re.search(r"\bhow (?:many|much|long|large|big|often|wide)\b|\bnumber of\b", question, re.IGNORECASE))


def asked_argument(question: str) -> str | None:
    """The argument that a question calls one (`the retries argument`)."""
    found = ARGUMENT.search(question)
    return (found[1] or found[2]).lower() if found else None


def identifiers(question: str) -> list[str]:
    """The names of code that a question mentions: dotted, snake_case or CamelCase."""
    return IDENTIFIER.findall(question)
