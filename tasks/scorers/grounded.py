"""Whether a quote comes from the passages."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import JsonValue
from rapidfuzz.fuzz import partial_ratio

from tasks.jobs.context import RenderError, plain, resolve
from tasks.scorers.normalising import normalise
from tasks.scorers.sample import Sample, Verdict, text_of

QUOTE_FIELD = "quote"
MAX_QUOTE = 2_000
MAX_PASSAGE = 20_000
MIN_LETTERS = 3  # a single letter is "in" every passage


def grounded(sample: Sample) -> Verdict | None:
    """1 where the quote is a span of one passage after normalisation, else its best partial likeness to one, in [0, 1).

    The quote is the output's field (`quote`, or `field`), or the whole of an output that is a text. No quote scores 0.
    With `number_field`, only the passage of that number, from 1, counts; a number of no passage scores 0.
    """
    passages = passages_of(sample)
    if not passages:
        return None
    if sample.spec.number_field is not None:
        passages = passage_numbered(sample, sample.spec.number_field)
        if not passages:
            return Verdict(0.0, "no passage of that number")
    quote = normalise(quote_of(sample)[:MAX_QUOTE]).strip("\"'. …")
    if sum(letter.isalnum() for letter in quote) < MIN_LETTERS:
        return Verdict(0.0, "no quote")
    if any(quote in passage for passage in passages):
        return Verdict(1.0, "a span of a passage")
    # a quote longer than the passage would be searched the other way round: the passage in the quote
    best = max(partial_ratio(quote, p) / 100 * min(1.0, len(p) / len(quote)) for p in passages)
    return Verdict(min(best, 0.99), f"likeness {best:.2f}")


def quote_of(sample: Sample) -> str:
    """The quote in the output."""
    if isinstance(sample.value, Mapping):
        return text_of(sample.value.get(sample.spec.field or QUOTE_FIELD))
    return sample.text if sample.spec.field is None else ""


def passage_numbered(sample: Sample, field: str) -> list[str]:
    """The normalised text of the passage whose number stands in the output's `field`, alone; empty for no such one."""
    number = text_of(sample.value.get(field)).strip() if isinstance(sample.value, Mapping) else ""
    is_there = number.isdecimal() and len(number) < 5 and 1 <= int(number) <= len(all_passages_of(sample))
    return [all_passages_of(sample)[int(number) - 1]] if is_there else []


def passages_of(sample: Sample) -> list[str]:
    """The normalised texts that are not empty, each passage with its title."""
    return [text for text in all_passages_of(sample) if text]


def all_passages_of(sample: Sample) -> list[str]:
    """The normalised texts that the quote may come from in their order, which numbers them."""
    try:
        value = plain(resolve(sample.spec.within or "", sample.context))
    except RenderError:
        return []
    texts = [passage_text(member) for member in (value if isinstance(value, list) else [value])]
    return [normalise(text[:MAX_PASSAGE]) for text in texts]


def passage_text(value: JsonValue) -> str:
    """Title and text of a passage, or the text that stands in its place."""
    if not isinstance(value, Mapping):
        return text_of(value)
    return f"{text_of(value.get('title'))} {text_of(value.get('text'))}"
