"""What a run came to; apart from the task that closes it, so that the command line starts without Prefect."""

from __future__ import annotations

from dataclasses import dataclass

from policies.errors import WorkFailedError


@dataclass(frozen=True, slots=True)
class Closed:
    """How a run ended: its items, those that failed, unfinished ones among them, and where the outputs are."""

    run_id: str
    n_items: int
    n_failed: int
    outputs: str
    n_unfinished: int = 0


class RunStoppedError(WorkFailedError):
    """Chunks of a run stopped before their end; what they had finished is kept, and told by `closed`."""

    def __init__(self, problem: str, closed: Closed | None = None) -> None:
        self.closed = closed
        super().__init__(problem)
