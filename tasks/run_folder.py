"""The files of one run: what was pinned at its start, and one checkpoint per chunk and step."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import orjson

from warehouse.home import make_folder
from warehouse.open_segment import sync_folder
from warehouse.private import open_private

JsonObject: TypeAlias = dict[str, object]


@dataclass(frozen=True, slots=True)
class RunFolder:
    """The folder of one run; every file in it is written whole or not at all, but for the journals, which grow."""

    path: Path

    @property
    def run_id(self) -> str:
        """The run's key, which names the folder."""
        return self.path.name

    @property
    def manifest(self) -> Path:
        """What was pinned when the run began."""
        return self.path / "manifest.json"

    @property
    def job(self) -> Path:
        """The job file as it was."""
        return self.path / "job.yaml"

    @property
    def catalogue(self) -> Path:
        """The catalogue as it was."""
        return self.path / "catalog.yaml"

    @property
    def rules(self) -> Path:
        """The rules table as it was."""
        return self.path / "rules.yaml"

    @property
    def edits(self) -> Path:
        """The folder of edits of the rules that were made during the run."""
        return self.path / "rules"

    def rules_edit(self, version: str) -> Path:
        """The rules table as it was edited during the run, by its hash."""
        return self.edits / f"{version}.yaml"

    @property
    def rules_in_force(self) -> Path:
        """The version of the edit that was taken up last; absent before the first."""
        return self.edits / "in_force"

    @property
    def rules_lock(self) -> Path:
        """The file whose `flock` lets one edit be taken up at a time."""
        return self.edits / ".lock"

    def refused_edit(self, version: str) -> Path:
        """Why an edit could not be used; there once it was told."""
        return self.edits / "refused" / version

    def chunk_rules(self, chunk: int) -> Path:
        """The version of the rules that a chunk is routed under; there once its first step is routed."""
        return self.chunk(chunk) / "rules"

    @property
    def examples(self) -> Path:
        """The files of the classifier's examples as they were, by name; absent where requests are not classified."""
        return self.path / "examples.json"

    @property
    def rubrics(self) -> Path:
        """The texts of the rubrics that the job's judges go by, by their paths; absent where there are none."""
        return self.path / "rubrics.json"

    @property
    def weights(self) -> Path:
        """The weights that were live; absent where there were none."""
        return self.path / "weights.json"

    @property
    def pacing(self) -> Path:
        """What the run spends its money by; absent where no limit binds it to quality."""
        return self.path / "pacing.json"

    @property
    def outputs(self) -> Path:
        """One line per item: each step's output and model, its status, and why it failed."""
        return self.path / "outputs.jsonl"

    def corpus(self, corpus: str) -> Path:
        """Which content of a corpus the run searches; there once it has been opened."""
        return self.path / "corpora" / f"{corpus}.json"

    @property
    def finished(self) -> Path:
        """How the run ended; there once it has nothing left to do, and its chunks are removed."""
        return self.path / "finished.json"

    @property
    def chunks(self) -> Path:
        """The folder of what an unfinished run works on: items, prompts, answers."""
        return self.path / "chunks"

    def chunk(self, chunk: int) -> Path:
        """The folder of one chunk."""
        return self.chunks / f"{chunk:06d}"

    def items(self, chunk: int) -> Path:
        """The chunk's input."""
        return self.chunk(chunk) / "items.jsonl"

    def results(self, chunk: int, step: str) -> Path:
        """What a step made of a chunk; there once the step has finished."""
        return self.chunk(chunk) / f"{step}.results.jsonl"

    def routes(self, chunk: int, step: str) -> Path:
        """The calls of a step with the decisions made for them; there once they are routed."""
        return self.chunk(chunk) / f"{step}.routes.jsonl"

    def journal(self, chunk: int, step: str) -> Path:
        """Every attempt of a step as it happens, so that a resumed run repeats none that finished."""
        return self.chunk(chunk) / f"{step}.journal.jsonl"

    def scores(self, chunk: int, step: str) -> Path:
        """The judgements of a step's results; there once they are in the spool."""
        return self.chunk(chunk) / f"{step}.scores.jsonl"


def write_lines(path: Path, rows: Iterable[object]) -> None:
    """Write JSON lines so that the file is there whole or not at all, also after a power cut."""
    write_bytes(path, b"".join(orjson.dumps(row) + b"\n" for row in rows))


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file beside its place, make it durable, and move it there."""
    make_folder(path.parent)
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    with open_private(beside, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
    sync_folder(path.parent)


def read_lines(path: Path) -> Iterator[JsonObject]:
    """Read the rows of a file that `write_lines` wrote."""
    with path.open("rb") as file:
        for line in file:
            yield orjson.loads(line)
