"""How the checks of cascades took logged answers: each scorer's levels, by task type and model."""

from __future__ import annotations

from dataclasses import dataclass

from policies.cascade.evidence import LEVELS, CheckLevels
from warehouse.evidence import read_facts
from warehouse.home import Home


@dataclass(frozen=True, slots=True)
class LevelRow:
    """The answers of one model to one task type whose score by a scorer was at one level."""

    task_type: str
    model: str
    scorer: str
    is_quality: bool
    level: int
    n: int
    quality: float


def check_levels(home: Home) -> tuple[CheckLevels, ...]:
    """Every check that some cascade goes by, as far as its scores were published; `BadInputError` where nothing was."""
    found: dict[tuple[str, str, str, bool], list[LevelRow]] = {}
    for row in read_facts(home, "check_levels", {"levels": LEVELS}, LevelRow):
        found.setdefault((row.task_type, row.model, row.scorer, row.is_quality), []).append(row)
    return tuple(
        CheckLevels(task_type, model, scorer, counts_of(rows), qualities_of(rows), is_quality)
        for (task_type, model, scorer, is_quality), rows in found.items()
    )


def counts_of(rows: list[LevelRow]) -> tuple[int, ...]:
    """How many answers are at each level."""
    n = {row.level: row.n for row in rows}
    return tuple(n.get(level, 0) for level in range(LEVELS + 1))


def qualities_of(rows: list[LevelRow]) -> tuple[float, ...]:
    """The sums of their qualities."""
    quality = {row.level: row.quality for row in rows}
    return tuple(quality.get(level, 0.0) for level in range(LEVELS + 1))
