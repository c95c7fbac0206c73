"""The tables of recorded outcomes that the benchmark evaluates on, read from the data's folder."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

import numpy as np

from policies.evaluation.outcomes import Rows
from policies.evaluation.splits import Split, halve
from policies.evaluation.table import OutcomeTable
from tasks.evaluation.evaluating import load_table
from tasks.evaluation.selecting import Selection

FILES = ("llmrouter.parquet", "routellm.parquet", "routerarena.parquet")


@dataclass(frozen=True, slots=True)
class Suite:
    """A named part of a file, whose halves are those of the whole file."""

    name: str
    table: OutcomeTable
    population: tuple[str, ...]

    def halves(self, seeds: range) -> Iterator[tuple[int, OutcomeTable, OutcomeTable]]:
        """Each seed with the half to learn from and the half to route."""
        for seed in seeds:
            split: Split = halve(self.table.prompts.query_ids, seed, population=self.population)
            yield seed, self.table.at(split.train), self.table.at(split.test)

    def part(self, name: str, pattern: str) -> Suite:
        """Only the task types of a pattern."""
        return Suite(name, self.table.at(rows_of(self.table, pattern)), self.population)


def rows_of(table: OutcomeTable, pattern: str) -> Rows:
    """The rows whose task types fit a pattern."""
    return np.flatnonzero([fnmatchcase(name, pattern) for name in table.prompts.task_types])


def load_suite(data: Path, name: str) -> Suite:
    """A whole file, without prompts whose costs nobody knows."""
    loaded = load_table(data / f"{name}.parquet", Selection(is_unpriced_skipped=True), sizes_m={})
    return Suite(name, loaded.table, loaded.population)
