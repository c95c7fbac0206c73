"""How far further answers to the same question agree with one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import fmean

from pydantic import JsonValue

from tasks.jobs.context import RenderError, plain
from tasks.scorers.normalising import words_of
from tasks.scorers.sample import Verdict
from tasks.scorers.token_f1 import f1

VERSION = "1"
ALIKE = 0.995  # from which on two answers are told as the same


def agreement(answer: object, others: Sequence[object | None]) -> Verdict:
    """The mean agreement of one or more further answers with `answer`; None, an answer that can't be used, disagrees.

    Two texts agree by the F1 of their words (`token_f1`), two objects by the mean over the fields of either, and what
    else JSON has if it is equal. An answer on which a model's samples agree is more often right: Wang et al.,
    "Self-Consistency Improves Chain of Thought Reasoning in Language Models" (ICLR 2023).
    """
    found = [0.0 if other is None else alikeness_of(answer, other) for other in others]
    n_alike, n_useless = sum(one >= ALIKE for one in found), sum(other is None for other in others)
    useless = f", {n_useless} can't be used" if n_useless else ""
    return Verdict(fmean(found), f"{n_alike} of {len(found)} further answers are the same{useless}")


def alikeness_of(one: object, other: object) -> float:
    """How far two answers agree; those that are nested beyond reason agree with nothing."""
    try:
        return alike(plain(one), plain(other))
    except RenderError:
        return 0.0


def alike(one: JsonValue, other: JsonValue) -> float:
    """How far two JSON values agree, in [0, 1]."""
    if isinstance(one, str) and isinstance(other, str):
        return f1(words_of(one), words_of(other))
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        names = one.keys() | other.keys()
        both = [alike(one[name], other[name]) if name in one and name in other else 0.0 for name in names]
        return fmean(both) if both else 1.0
    return float(type(one) is type(other) and one == other)
