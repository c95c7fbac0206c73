"""What a router may see of prompts: never an outcome, a label or a reference."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Prompts:
    """n prompts by their ids, which are unique, with the task type and the text of each."""

    query_ids: tuple[str, ...]
    task_types: tuple[str, ...]
    texts: tuple[str, ...]

    def __post_init__(self) -> None:
        if not len(self.query_ids) == len(self.task_types) == len(self.texts):
            raise ValueError("each prompt has one id, one task type and one text")

    def __len__(self) -> int:
        return len(self.query_ids)

    def at(self, rows: Sequence[int]) -> Prompts:
        """The prompts of some rows, in their order."""
        return Prompts(
            tuple(self.query_ids[row] for row in rows),
            tuple(self.task_types[row] for row in rows),
            tuple(self.texts[row] for row in rows),
        )
