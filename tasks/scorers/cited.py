"""Whether an answer's sentences cite passages that hold what they say."""

from __future__ import annotations

import re
from collections.abc import Sequence

from tasks.scorers.grounded import all_passages_of
from tasks.scorers.normalising import words_of
from tasks.scorers.sample import Sample, Verdict

MAX_TEXT = 20_000
MIN_WORDS = 3  # "Yes." and "Sure!" state nothing that could be looked up
CITATION = re.compile(r"\[(\d{1,4}(?:\s*[,;–-]\s*\d{1,4})*)\]")
# Where a sentence ends, with the citations that follow: "It is so. [1]" cites as "It is so [1]." does.
END = re.compile(r"[.!?。！？][\"')”’]*(?:[ \t]*\[[\d,;– -]+\])*(?=\s|$)")


def cited(sample: Sample) -> Verdict | None:
    """The mean over the sentences of the share of their words that stand in the passages which they cite.

    A citation is a number in square brackets, from 1 in the order of the passages: `[2]`, `[1, 3]`, `[1-3]`. A sentence
    that cites none, or one that is not there, counts 0; one of fewer than 3 words does not count, where others do.
    Words are distinct, of four characters or more, or of digits. That the passage *says* so no count of words can show.
    """
    passages = all_passages_of(sample)
    if not any(passages):
        return None
    sentences = sentences_of(sample.text[:MAX_TEXT])
    if not sentences:
        return Verdict(0.0, "no sentence")
    words = [set(looked_for(passage)) for passage in passages]
    support = [support_of(sentence, words) for sentence in sentences]
    n_cited = sum(one is not None for one in support)
    score = sum(one or 0.0 for one in support) / len(support)
    return Verdict(score, f"{n_cited} of {len(support)} sentences cite a passage; {score:.2f} of their words are there")


def sentences_of(text: str) -> list[str]:
    """The sentences that state something, or all of them where none is long enough."""
    pieces = [piece for line in text.splitlines() for piece in END.sub(r"\g<0>\n", line).split("\n")]
    sizes = [(piece, len(words_of(CITATION.sub(" ", piece)))) for piece in pieces]
    return [piece for piece, n in sizes if n >= MIN_WORDS] or [piece for piece, n in sizes if n]


def support_of(sentence: str, passages: Sequence[set[str]]) -> float | None:
    """The share of a sentence's words in what it cites; None where it cites nothing, or something that is not there."""
    numbers = [number for listed in CITATION.findall(sentence) for number in numbers_in(listed)]
    if not numbers or not all(1 <= number <= len(passages) for number in numbers):
        return None
    wanted = set(looked_for(CITATION.sub(" ", sentence)))
    there = set[str]().union(*(passages[number - 1] for number in numbers))
    return len(wanted & there) / len(wanted) if wanted else 1.0


def numbers_in(listed: str) -> list[int]:
    """The numbers of `1`, `1, 3` or `1-3`; of a range backwards, its ends."""
    numbers: list[int] = []
    for part in re.split("[,;]", listed):
        first, *rest = (int(number) for number in re.split("[–-]", part))
        numbers += [*range(first, rest[-1]), rest[-1]] if rest and first < rest[-1] else [first, *rest]
    return numbers


def looked_for(text: str) -> list[str]:
    """The words that tell one text from another: long ones and numbers."""
    return [word for word in words_of(text) if len(word) > 3 or word.isdecimal()]
