"""What one rendering may use up: characters, loop rounds and time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from time import monotonic

from tasks.jobs.context import RenderError

MAX_CHARACTERS = 200_000
MAX_ROUNDS = 10_000
MAX_SECONDS = 2.0


@dataclass(slots=True)
class Allowance:
    """Counts down during one rendering; never shared between two. Every method raises `RenderError` at its limit."""

    deadline_s: float
    clock: Callable[[], float] = monotonic
    n_rounds: int = 0
    n_characters: int = 0

    def check_time(self) -> None:
        """Called wherever work is done, as the sandbox itself stops nothing."""
        if self.clock() > self.deadline_s:
            raise RenderError(f"the template renders for longer than {MAX_SECONDS:g} s")

    def count_rounds(self, values: Iterable[object]) -> Iterator[object]:
        """Pass `values` on; all loops of the rendering share one limit, so loops in loops can't multiply beyond it."""
        for value in values:
            self.n_rounds += 1
            if self.n_rounds > MAX_ROUNDS:
                raise RenderError(f"the template's loops run more than {MAX_ROUNDS} rounds")
            self.check_time()
            yield value

    def add_characters(self, n: int) -> None:
        """Count `n` more characters of output."""
        self.n_characters += n
        check_length(self.n_characters)
        self.check_time()


def check_length(n: int) -> None:
    """Refuse a text of `n` characters where that is too long; ask before building it."""
    if n > MAX_CHARACTERS:
        raise RenderError(f"the template renders more than {MAX_CHARACTERS} characters")
