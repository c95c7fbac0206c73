"""What a user says of scores by name: whose judgement they are, and their scale."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import get_args

from policies.errors import BadInputError
from warehouse.imports.rows import snake_case
from warehouse.records import ScoreSource

FORM = "must be NAME=SOURCE or NAME=SOURCE:LOW:HIGH, with a SOURCE of check, judge or human"


@dataclass(frozen=True, slots=True)
class ScoreRule:
    """The source of a score, and the values that are 0 and 1 here."""

    source: ScoreSource
    low: float = 0.0
    high: float = 1.0

    def scaled(self, value: float) -> float:
        """A value on the tool's scale as one in [0, 1]; outside of them where it was outside of the scale."""
        return (value - self.low) / (self.high - self.low)


def score_rules(texts: Iterable[str], *, option: str) -> Mapping[str, ScoreRule]:
    """`NAME=SOURCE[:LOW:HIGH]` texts by name; raises `BadInputError` for any other text, or for a second of a name."""
    rules: dict[str, ScoreRule] = {}
    for text in texts:
        name, _, said = text.rpartition("=")
        if not name or name in rules:
            raise BadInputError(FORM if not name else "stands twice", field=option, value=text)
        rules[name] = score_rule(said, text, option=option)
    return rules


def score_rule(said: str, text: str, *, option: str) -> ScoreRule:
    """One rule."""
    source, *scale = said.split(":")
    known = [one for one in get_args(ScoreSource) if one == source]
    try:
        low, high = (float(bound) for bound in scale) if scale else (0.0, 1.0)
    except ValueError as error:
        raise BadInputError(FORM, field=option, value=text) from error
    if not known or not float("-inf") < low < high < float("inf"):
        raise BadInputError(FORM, field=option, value=text)
    return ScoreRule(known[0], low, high)


def columns_of(rules: Mapping[str, ScoreRule]) -> tuple[str, ...]:
    """The columns that scores may stand in, as exports name them after their keys are in snake case."""
    return tuple(dict.fromkeys(snake_case(name) for name in rules))
