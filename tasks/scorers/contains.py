"""Whether an accepted answer stands in the output: whole words, yes or no, or an abstention."""

from __future__ import annotations

import re

from tasks.scorers.normalising import normalise
from tasks.scorers.sample import Sample, Verdict

# A reference that is one of these asks for an abstention: any of the phrasings then counts as the right answer.
ABSTAINING_REFERENCES = frozenset({"not in the passages", "not answerable", "unanswerable"})

# Phrasings that name the passages or the answering, not bare "not found" or "not specified": docstrings say those too.
ABSTENTIONS = (
    "not in the passage",
    "not in the context",
    "not in the text",
    "not found in the passage",
    "not found in the context",
    "not given in the passage",
    "not mentioned in the",
    "not provided in the passage",
    "not provided in the context",
    "not specified in the passage",
    "not stated in the",
    "passages do not",
    "passages don't",
    "passage does not",
    "passage doesn't",
    "none of the passages",
    "no passage",
    "context does not",
    "context doesn't",
    "text does not",
    "cannot be answered",
    "can't be answered",
    "cannot answer",
    "can't answer",
    "unable to answer",
    "not possible to answer",
    "not answerable",
    "unanswerable",
    "i do not know",
    "i don't know",
)
POLAR = {"yes": "yes", "true": "yes", "no": "no", "false": "no"}
POLAR_WORD = re.compile(r"\b(yes|true|no|false)\b")
NUMBER = re.compile(r"[-+]?\d+(\.\d+)?")


def contains(sample: Sample) -> Verdict | None:
    """1 where any accepted answer is contained in the output, else 0.

    A reference `yes` or `no` is compared with the output's first word of yes, true, no and false. A reference of
    `ABSTAINING_REFERENCES` is met by any phrase of `ABSTENTIONS`. Every other one must stand there as whole words.
    """
    accepted = sample.texts_at(sample.spec.reference)
    if not accepted:
        return None
    output = normalise(sample.text)
    for reference in accepted:
        if is_met(normalise(reference), output):
            return Verdict(1.0, f"contains {reference[:80]!r}")
    return Verdict(0.0, "contains no accepted answer")


def is_met(reference: str, output: str) -> bool:
    """Whether a normalised output meets one normalised reference."""
    if reference in ("yes", "no"):
        first = POLAR_WORD.search(output)
        return first is not None and POLAR[first[1]] == reference
    if reference.rstrip(".") in ABSTAINING_REFERENCES:
        return is_abstention(output)
    return holds_words(reference, output)


def is_abstention(output: str) -> bool:
    """Whether a normalised output says that the answer is not there."""
    return any(phrase in output for phrase in ABSTENTIONS)


def holds_words(reference: str, output: str) -> bool:
    """Whether `reference` stands in `output` as whole words; a number is not found in a longer one."""
    if not reference:
        return False
    before = r"(?<!\w)" if is_word(reference[0]) else ""
    after = r"(?!\w)" if is_word(reference[-1]) else ""
    if NUMBER.fullmatch(reference):
        # neither 0 in 0.5, nor 5 in 0.5 or in -5
        before, after = r"(?<![\w.])(?<!(?<!\w)[-+])", r"(?!\w|\.\d)"
    return re.search(before + re.escape(reference) + after, output) is not None


def is_word(character: str) -> bool:
    """Whether a neighbour could make the character part of a longer word."""
    return character.isalnum() or character == "_"
