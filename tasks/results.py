"""What a step made of an item, and the state of an item between two steps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from tasks.jobs.steps import BaseStep
from tasks.run_folder import JsonObject, RunFolder, read_lines, write_lines

Status: TypeAlias = Literal["ok", "substituted", "skipped", "failed"]


@dataclass(frozen=True, slots=True)
class StepResult:
    """One step's result for one item.

    `substituted` carries the step's fallback text, `skipped` carries None; after `failed` the item goes no further.
    `attempt_id` is the attempt that answered, where its call went on after it and came back.
    """

    item_id: str
    status: Status
    output: object = None
    call_id: str | None = None
    model: str | None = None
    error: str | None = None
    attempt_id: str | None = None


@dataclass(frozen=True, slots=True)
class ItemState:
    """An item with the results of the steps that it has gone through."""

    item_id: str
    fields: Mapping[str, object]
    results: Mapping[str, StepResult]

    @property
    def is_failed(self) -> bool:
        """Whether a step gave the item up."""
        return any(result.status == "failed" for result in self.results.values())

    @property
    def outputs(self) -> Mapping[str, object]:
        """Each finished step's output, as templates and scorers see it."""
        return {step: result.output for step, result in self.results.items()}


def settle_failure(step: BaseStep, item_id: str, *, error: str, call_id: str | None = None) -> StepResult:
    """What a failed step leaves behind, by the step's `on_error`."""
    match step.on_error:
        case "skip":
            return StepResult(item_id, "skipped", call_id=call_id, error=error)
        case "fallback_text":
            return StepResult(item_id, "substituted", step.fallback_text, call_id=call_id, error=error)
        case "fail_item":
            return StepResult(item_id, "failed", call_id=call_id, error=error)


def save_results(folder: RunFolder, chunk: int, *, step: str, results: Sequence[StepResult]) -> None:
    """Checkpoint a step of a chunk."""
    write_lines(folder.results(chunk, step), results)


def load_results(folder: RunFolder, chunk: int, *, step: str) -> dict[str, StepResult]:
    """The results of a finished step by item; empty where the step has not finished."""
    path = folder.results(chunk, step)
    rows = [result_of(row) for row in read_lines(path)] if path.exists() else []
    return {result.item_id: result for result in rows}


def result_of(row: JsonObject) -> StepResult:
    """A row of a checkpoint as a value."""
    return StepResult(**row)  # type: ignore[arg-type] # written by save_results from the same class


def load_states(folder: RunFolder, chunk: int, *, steps: Sequence[str]) -> list[ItemState]:
    """The items of a chunk, in the batch's order, with the results of the named steps."""
    results = {step: load_results(folder, chunk, step=step) for step in steps}
    return [
        ItemState(
            item_id=str(row["item_id"]),
            fields=row["fields"],  # type: ignore[arg-type] # written as a mapping when the run was opened
            results={step: of[str(row["item_id"])] for step, of in results.items() if str(row["item_id"]) in of},
        )
        for row in read_lines(folder.items(chunk))
    ]
