"""Whether a decision that was made again is the one that was logged, and what differs where it is not."""

from __future__ import annotations

import math
from collections.abc import Iterator

from policies.types import Candidate, Decision

PARTS = ("policy", "rule", "model", "propensity", "explored", "lambda_", "weights_version", "rules_version", "refusal")
REL_TOLERANCE = 1e-9  # the order in which a library adds up may differ from build to build


def differences(logged: Decision, again: Decision, *, with_fallbacks: bool = True) -> tuple[str, ...]:
    """What differs, a sentence each; empty where the two are the same.

    `with_fallbacks` False passes over the order of what would be tried next, which older decisions do not have.
    """
    found = [told(part.rstrip("_"), *pair) for part in PARTS if (pair := unlike(part, logged, again)) is not None]
    if with_fallbacks and logged.fallbacks != again.fallbacks:
        found.append(told("fallbacks", logged.fallbacks, again.fallbacks))
    return (*found, *of_candidates(logged, again))


def of_candidates(logged: Decision, again: Decision) -> Iterator[str]:
    """What differs in how the models were seen."""
    before, after = ({c.model: c for c in decision.candidates} for decision in (logged, again))
    for name in sorted(before.keys() | after.keys()):
        one, other = before.get(name), after.get(name)
        if one is None or other is None:
            yield f"{name} was {'no candidate' if one is None else 'a candidate'}, and is not so now"
            continue
        for part in Candidate.__dataclass_fields__:
            if (pair := unlike(part, one, other)) is not None:
                yield told(f"{name}'s {part}", *pair)


def unlike(part: str, logged: object, again: object) -> tuple[object, object] | None:
    """The two values of a part, if they differ by more than rounding."""
    before, after = getattr(logged, part), getattr(again, part)
    if before == after:
        return None
    if isinstance(before, float) and isinstance(after, float) and math.isclose(before, after, rel_tol=REL_TOLERANCE):
        return None
    return before, after


def told(what: str, before: object, after: object) -> str:
    """One difference in words."""
    return f"{what} was {shown(before)}, is {shown(after)} now"


def shown(value: object) -> str:
    """A value as people read it."""
    if isinstance(value, tuple):
        return ", ".join(map(str, value)) or "none"
    return "none" if value is None else str(value)
