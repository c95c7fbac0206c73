"""Takes chunks through the stages of a job, several at a time, each at its own pace."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from queue import SimpleQueue
from typing import TypeAlias

from prefect.futures import PrefectFuture

from policies.errors import PointsmanError

Stage: TypeAlias = Callable[[int], PrefectFuture[str]]


@dataclass(frozen=True, slots=True)
class ChunkEnd:
    """A chunk that left the conveyor; `problem` says what stopped it before its last stage."""

    chunk: int
    problem: str | None


def never() -> None:
    """Nothing stops a chunk before its end."""


def convey(
    chunks: Iterable[int], stages: Sequence[Stage], *, width: int, stop: Callable[[], str | None] = never
) -> Iterator[ChunkEnd]:
    """Submit each chunk's stages one after the other, `width` chunks under way at once; yield each chunk as it ends.

    A stage is submitted only when the one before has ended, so no worker of the task runner ever waits for another.
    Once `stop` says why, nothing is submitted any more: what is under way ends, and the other chunks end as they are.
    """
    waiting, ended = iter(chunks), SimpleQueue[tuple[int, int, PrefectFuture[str]]]()

    def submit(chunk: int, position: int) -> None:
        stages[position](chunk).add_done_callback(lambda future: ended.put((chunk, position, future)))

    under_way = 0
    for chunk in islice(waiting, 0 if stop() else width):
        submit(chunk, 0)
        under_way += 1
    while under_way:
        chunk, position, future = ended.get()
        problem = problem_of(future)
        has_more = problem is None and position + 1 < len(stages)
        if has_more and (problem := stop()) is None:
            submit(chunk, position + 1)
            continue
        under_way -= 1
        for following in islice(waiting, 0 if stop() else 1):
            submit(following, 0)
            under_way += 1
        yield ChunkEnd(chunk, problem)
    yield from (ChunkEnd(chunk, stop()) for chunk in waiting)


def problem_of(future: PrefectFuture[str]) -> str | None:
    """Why a task run did not complete; None where it did."""
    future.wait()
    state = future.state
    return None if state.is_completed() else plain_message(state.message or state.name or "")


def plain_message(message: str) -> str:
    """A state's message without what Prefect puts before it, and without the class of an error that is ours."""
    error = message.removeprefix("Task run encountered an exception").lstrip(": ")
    name, _, problem = error.partition(": ")
    return problem if name in error_names(PointsmanError) else error


def error_names(root: type[Exception]) -> set[str]:
    """The names of an error class and of all that derive from it."""
    return {root.__name__}.union(*(error_names(one) for one in root.__subclasses__()))
