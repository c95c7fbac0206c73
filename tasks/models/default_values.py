"""The default value that a question asks for, from a signature, else from a sentence that states one."""

from __future__ import annotations

import re
from collections.abc import Sequence

from tasks.models.evidence import JudgedPassage, bm25_scores
from tasks.models.questions import kind_of, wants_number
from tasks.models.reading import split_sentences
from tasks.models.signatures import asked_parameter, defaults_of, stated_default

NUMBER = re.compile(r"-?\.?\d")


def default_of(question: str, judged: Sequence[JudgedPassage]) -> tuple[str, JudgedPassage] | None:
    """The value and its passage; None where the passages have none.

    First the parameter that the question is about, in the best passage whose signature has it with a real value; then
    the best passage's sentences that state a default; last a None, which is a default too, but seldom what is asked.
    """
    is_asked = kind_of(question) == "default"
    for each in judged:
        if value := signature_default(question, each.passage.heading, is_sole=is_asked and each is judged[0]):
            return value, each
    best = judged[0]
    if is_asked and (value := sentence_default(question, best.passage.body)):
        return value, best
    defaults = defaults_of(best.passage.heading)
    parameter = asked_parameter(question, defaults)
    return ("None", best) if parameter and defaults[parameter] == "None" and not wants_number(question) else None


def signature_default(question: str, heading: str, *, is_sole: bool) -> str | None:
    """The value of the parameter that the question is about; with `is_sole` also that of the only one that fits."""
    defaults = {name: value for name, value in defaults_of(heading).items() if value != "None"}
    if wants_number(question):
        defaults = {name: value for name, value in defaults.items() if NUMBER.match(value)}
    if parameter := asked_parameter(question, defaults):
        return unquote(defaults[parameter])
    return unquote(next(iter(defaults.values()))) if is_sole and len(defaults) == 1 else None


def sentence_default(question: str, text: str) -> str | None:
    """The default that the sentence nearest to the question states."""
    stated = [(sentence, value) for sentence in split_sentences(text) if (value := stated_default(sentence))]
    if not stated:
        return None
    scores = bm25_scores([sentence for sentence, _ in stated], question)
    return stated[max(range(len(stated)), key=lambda n: (round(float(scores[n]), 5), -n))][1]


def unquote(value: str) -> str:
    """A string literal's text; other values as they are."""
    return value.strip("'\"")
