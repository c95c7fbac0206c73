"""The conditions that new weights have to meet, each in words, with whether it held and the figures behind that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition in words, whether it held, and the figures behind that."""

    condition: str
    held: bool
    detail: str


def all_hold(conditions: Sequence[Condition]) -> bool:
    """Whether every condition held."""
    return all(condition.held for condition in conditions)
