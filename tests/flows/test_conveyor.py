"""Chunks on the conveyor: so many at once, each through its stages in order, one that breaks alone."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prefect.futures import PrefectFuture

from flows.conveyor import ChunkEnd, Stage, convey


@dataclass(frozen=True, slots=True)
class FakeState:
    """What the conveyor asks of a state."""

    message: str | None
    name: str

    def is_completed(self) -> bool:
        return self.name == "Completed"


COMPLETED = FakeState(None, "Completed")


@dataclass
class FakeFuture:
    """What the conveyor asks of a future; ends when it is told to."""

    state: FakeState | None = None
    callbacks: list[Callable[[FakeFuture], None]] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)

    def end(self, state: FakeState = COMPLETED) -> FakeFuture:
        self.state = state
        self.ended.set()
        for callback in self.callbacks:
            callback(self)
        return self

    def add_done_callback(self, callback: Callable[[FakeFuture], None]) -> None:
        if self.ended.is_set():
            callback(self)
        else:
            self.callbacks.append(callback)

    def wait(self, timeout: float | None = None) -> None:
        assert self.ended.wait(timeout)


@dataclass
class Floor:
    """Stages that note what is submitted; `broken` ends the named stage of a chunk in another state."""

    n_stages: int
    broken: dict[tuple[int, int], FakeState] = field(default_factory=dict)
    submitted: list[tuple[int, int]] = field(default_factory=list)
    futures: dict[tuple[int, int], FakeFuture] = field(default_factory=dict)
    threads: ThreadPoolExecutor | None = None

    def stages(self) -> list[Stage]:
        return [self.stage(position) for position in range(self.n_stages)]

    def stage(self, position: int) -> Stage:
        def submit(chunk: int) -> PrefectFuture[str]:
            self.submitted.append((chunk, position))
            future = self.futures[chunk, position] = FakeFuture()
            state = self.broken.get((chunk, position), COMPLETED)
            if self.threads is None:
                future.end(state)
            else:
                self.threads.submit(future.end, state)
            return cast("PrefectFuture[str]", future)

        return submit


def test_each_chunk_goes_through_all_stages_in_order() -> None:
    floor = Floor(3)
    ends = list(convey(range(4), floor.stages(), width=2))
    assert sorted(end.chunk for end in ends) == [0, 1, 2, 3]
    assert all(end.problem is None for end in ends)
    for chunk in range(4):
        assert [position for number, position in floor.submitted if number == chunk] == [0, 1, 2]


@pytest.mark.parametrize(("width", "expected"), [(1, 1), (3, 3), (10, 5)])
def test_no_more_chunks_are_begun_than_the_width_allows(width: int, expected: int) -> None:
    floor, most, ended = Floor(2), 0, set[int]()
    for end in convey(range(5), floor.stages(), width=width):
        ended.add(end.chunk)
        most = max(most, len({chunk for chunk, _ in floor.submitted} - ended) + 1)
    first_end = floor.submitted.index((0, 1))
    assert len({chunk for chunk, _ in floor.submitted[:first_end]}) == expected
    assert most <= width + 1  # the next chunk is begun as the one that left is handed out


def test_a_stage_begins_only_when_the_one_before_has_ended() -> None:
    held: dict[tuple[int, int], FakeFuture] = {}
    order: list[tuple[int, int]] = []

    def stage(position: int) -> Stage:
        def submit(chunk: int) -> PrefectFuture[str]:
            order.append((chunk, position))
            held[chunk, position] = FakeFuture()
            return cast("PrefectFuture[str]", held[chunk, position])

        return submit

    ends: list[ChunkEnd] = []
    conveyor = threading.Thread(target=lambda: ends.extend(convey(range(2), [stage(0), stage(1)], width=2)))
    conveyor.start()
    wait_for(lambda: len(order) == 2)
    held[1, 0].end()  # chunk 1 overtakes chunk 0
    wait_for(lambda: len(order) == 3)
    assert order == [(0, 0), (1, 0), (1, 1)]
    held[1, 1].end()
    wait_for(lambda: len(ends) == 1)
    held[0, 0].end()
    wait_for(lambda: len(order) == 4)
    held[0, 1].end()
    conveyor.join(5)
    assert ends == [ChunkEnd(1, None), ChunkEnd(0, None)]


def wait_for(condition: Callable[[], bool]) -> None:
    """Until `condition` holds; fails after five seconds."""
    pause = threading.Event()
    for _ in range(500):
        if condition():
            return
        pause.wait(0.01)
    raise AssertionError("waited in vain")


@pytest.mark.parametrize(
    ("state", "problem"),
    [
        (FakeState("Task run encountered an exception: no", "Failed"), "no"),
        (FakeState("Task run encountered an exception TypeError: no: 1", "Failed"), "TypeError: no: 1"),
        (FakeState("Task run encountered an exception WorkFailedError: full: disk", "Failed"), "full: disk"),
        (FakeState(None, "Crashed"), "Crashed"),
        (FakeState("", "Cancelled"), "Cancelled"),
    ],
)
def test_a_stage_that_breaks_stops_its_chunk_alone(state: FakeState, problem: str) -> None:
    floor = Floor(3, broken={(1, 1): state})
    ends = {end.chunk: end.problem for end in convey(range(4), floor.stages(), width=2)}
    assert ends == {0: None, 1: problem, 2: None, 3: None}
    assert (1, 2) not in floor.submitted
    assert sum(position == 2 for _, position in floor.submitted) == 3


def test_no_chunks_give_no_ends() -> None:
    assert list(convey([], Floor(2).stages(), width=3)) == []


def test_what_is_not_asked_for_is_not_begun() -> None:
    floor = Floor(1)
    next(convey(range(100), floor.stages(), width=2))
    assert len(floor.submitted) <= 3


def test_once_it_is_told_to_stop_nothing_is_submitted_and_every_chunk_ends() -> None:
    floor = Floor(3)
    ends = list(
        convey(range(6), floor.stages(), width=2, stop=lambda: "stopped" if (1, 1) in floor.submitted else None)
    )
    assert sorted(end.chunk for end in ends) == list(range(6))
    assert {end.problem for end in ends} == {"stopped"}
    assert max(chunk for chunk, _ in floor.submitted) == 1  # no other is begun
    assert (0, 2) not in floor.submitted  # and none goes on


def test_a_last_stage_that_ends_after_the_stop_is_an_end_like_others() -> None:
    floor = Floor(1)
    ends = list(convey(range(2), floor.stages(), width=1, stop=lambda: "stopped" if floor.submitted else None))
    assert ends == [ChunkEnd(0, None), ChunkEnd(1, "stopped")]


@given(
    n_chunks=st.integers(0, 12),
    n_stages=st.integers(1, 4),
    width=st.integers(1, 6),
    broken=st.sets(st.tuples(st.integers(0, 11), st.integers(0, 3)), max_size=6),
)
@settings(deadline=None, max_examples=60)
def test_every_chunk_ends_once_whatever_breaks_in_whatever_order(
    n_chunks: int, n_stages: int, width: int, broken: set[tuple[int, int]]
) -> None:
    with ThreadPoolExecutor(4) as threads:
        floor = Floor(n_stages, broken=dict.fromkeys(broken, FakeState("no", "Failed")), threads=threads)
        ends = list(convey(range(n_chunks), floor.stages(), width=width))
    assert sorted(end.chunk for end in ends) == list(range(n_chunks))
    for end in ends:
        stops = [position for chunk, position in broken if chunk == end.chunk and position < n_stages]
        last = min(stops, default=n_stages - 1)
        assert end.problem == ("no" if stops else None)
        assert [position for chunk, position in floor.submitted if chunk == end.chunk] == list(range(last + 1))
