"""What can be said of two rules without a request: whether one takes all that the other would, and whether both match.

Answers are sound, not complete: "covers" and "excludes" are said only where they are certain.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from functools import lru_cache
from itertools import combinations

from policies.rule_match import ONE_DAY, FieldMatch, Match, TimeWindow

NO_TIME, ONE_WEEK = timedelta(), timedelta(days=7)


def covers(wide: Match, narrow: Match) -> bool:
    """Whether every request that `narrow` matches is certainly matched by `wide`."""
    return (
        holds(wide.task_types, narrow.task_types)
        and holds(wide.steps, narrow.steps)
        and holds(wide.jobs, narrow.jobs)
        and holds(wide.languages, narrow.languages)
        and holds(wide.categories, narrow.categories)
        and wide.min_confidence <= narrow.min_confidence
        and covers_tags(wide, narrow)
        and covers_words(wide.keywords, narrow.keywords)
        and (wide.regex is None or wide.regex == narrow.regex)
        and is_inside((wide.min_characters, wide.max_characters), (narrow.min_characters, narrow.max_characters))
        and is_inside((wide.min_tokens, wide.max_tokens), (narrow.min_tokens, narrow.max_tokens))
        and all(any(covers_field(one, other) for other in narrow.fields) for one in wide.fields)
        and (wide.window is None or (narrow.window is not None and covers_window(wide.window, narrow.window)))
    )


def excludes(one: Match, other: Match) -> bool:
    """Whether certainly no request matches both."""
    return (
        are_apart(one.task_types, other.task_types)
        or are_apart(one.steps, other.steps)
        or are_apart(one.jobs, other.jobs)
        or are_apart(one.languages, other.languages)
        or are_apart(one.categories, other.categories)
        or are_disjoint((one.min_characters, one.max_characters), (other.min_characters, other.max_characters))
        or are_disjoint((one.min_tokens, one.max_tokens), (other.min_tokens, other.max_tokens))
        or any(exclude_fields(a, b) for a in one.fields for b in other.fields)
        or (one.window is not None and other.window is not None and exclude_windows(one.window, other.window))
    )


def holds(wide: frozenset[str] | None, narrow: frozenset[str] | None) -> bool:
    """Whether "one of `narrow`" implies "one of `wide`"; None is no condition."""
    return wide is None or (narrow is not None and narrow <= wide)


def are_apart(one: frozenset[str] | None, other: frozenset[str] | None) -> bool:
    """Whether two sets of which a single value is one can't both have it."""
    return one is not None and other is not None and one.isdisjoint(other)


def covers_tags(wide: Match, narrow: Match) -> bool:
    """Whether the tags that `narrow` asks for imply those that `wide` does."""
    return (
        implies_tag(
            narrow, lambda tag: wide.tags_any is None or tag in wide.tags_any, is_asked=wide.tags_any is not None
        )
        and wide.tags_all <= narrow.tags_all
        and (
            wide.tags_prefix is None
            or all_begin(narrow.tags_prefix, wide.tags_prefix)
            or implies_tag(narrow, lambda tag: tag.startswith(wide.tags_prefix or ()), is_asked=True)
        )
    )


def implies_tag(narrow: Match, is_wanted: Callable[[str], bool], *, is_asked: bool) -> bool:
    """Whether a request that `narrow` matches certainly has a tag that is wanted."""
    if not is_asked or any(is_wanted(tag) for tag in narrow.tags_all):
        return True
    return narrow.tags_any is not None and all(is_wanted(tag) for tag in narrow.tags_any)


def all_begin(texts: Iterable[str] | None, prefixes: tuple[str, ...]) -> bool:
    """Whether each text begins with one of the prefixes."""
    return texts is not None and all(text.startswith(prefixes) for text in texts)


def covers_words(wide: tuple[str, ...] | None, narrow: tuple[str, ...] | None) -> bool:
    """Whether each phrase of `narrow` has one of `wide` in it, as a run of whole words."""
    if wide is None or narrow is None:
        return wide is None
    runs = {folded(phrase) for phrase in wide}
    return all(not runs.isdisjoint(runs_of(folded(phrase))) for phrase in narrow)


def runs_of(words: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Every run of some words."""
    return (words[i:j] for i, j in combinations(range(len(words) + 1), 2))


@lru_cache(maxsize=4096)
def folded(phrase: str) -> tuple[str, ...]:
    """The words of a phrase, composed and without their case, letter by letter as RE2 has it: `ss` is no `ß`."""
    return tuple(
        "".join(next((c for c in (x.casefold(), x.lower()) if len(c) == 1), x) for x in w)
        for w in unicodedata.normalize("NFC", phrase).split()
    )


def is_inside(wide: tuple[float | None, float | None], narrow: tuple[float | None, float | None]) -> bool:
    """Whether a range lies within another; None is no end."""
    (low, high), (from_, to) = wide, narrow
    return (low is None or (from_ is not None and from_ >= low)) and (high is None or (to is not None and to <= high))


def are_disjoint(one: tuple[float | None, float | None], other: tuple[float | None, float | None]) -> bool:
    """Whether two ranges have no number in common."""
    return any(
        high is not None and low is not None and high < low for (_, high), (low, _) in ((one, other), (other, one))
    )


def covers_field(wide: FieldMatch, narrow: FieldMatch) -> bool:
    """Whether what `narrow` wants of a field implies what `wide` wants of the same."""
    if wide.name != narrow.name:
        return False
    if narrow.values is not None:
        return all(wide.holds(value) for value in narrow.values)
    if narrow.prefixes is not None:
        return wide.prefixes is not None and all_begin(narrow.prefixes, wide.prefixes)
    is_range = wide.values is None and wide.prefixes is None
    return is_range and is_inside((wide.low, wide.high), (narrow.low, narrow.high))


def exclude_fields(one: FieldMatch, other: FieldMatch) -> bool:
    """Whether a field can't be as both want it."""
    if one.name != other.name:
        return False
    for mine, theirs in ((one, other), (other, one)):
        if mine.values is not None:
            return not any(theirs.holds(value) for value in mine.values)
    if one.prefixes is not None and other.prefixes is not None:
        return not any(a.startswith(b) or b.startswith(a) for a in one.prefixes for b in other.prefixes)
    if one.prefixes is not None or other.prefixes is not None:
        return True  # a text is no number
    return are_disjoint((one.low, one.high), (other.low, other.high))


def covers_window(wide: TimeWindow, narrow: TimeWindow) -> bool:
    """Whether a window lies within another; of other time zones nothing is known."""
    whole = spells_of(wide)
    return wide.zone.key == narrow.zone.key and all(
        any(first <= start and end <= last for first, last in whole) for start, end in spells_of(narrow)
    )


def exclude_windows(one: TimeWindow, other: TimeWindow) -> bool:
    """Whether two windows of one zone have no time in common."""
    return one.zone.key == other.zone.key and not any(
        first < end and start < last for first, last in spells_of(one) for start, end in spells_of(other)
    )


def spells_of(window: TimeWindow) -> list[tuple[timedelta, timedelta]]:
    """When a window holds, from the start of a week to its end, by the clock; spells that touch are one."""
    start, end = (
        timedelta(0, t.hour * 3600 + t.minute * 60 + t.second, t.microsecond) for t in (window.start, window.end)
    )
    days = range(7) if window.days is None else sorted(window.days)
    spells = [(ONE_DAY * day + start, ONE_DAY * day + end + (ONE_DAY if end <= start else NO_TIME)) for day in days]
    spells += [(NO_TIME, last - ONE_WEEK) for _, last in spells if last > ONE_WEEK]
    joined: list[tuple[timedelta, timedelta]] = []
    for first, last in sorted((first, min(last, ONE_WEEK)) for first, last in spells):
        if joined and first <= joined[-1][1]:
            first, last = joined[-1][0], max(last, joined.pop()[1])
        joined.append((first, last))
    return joined
