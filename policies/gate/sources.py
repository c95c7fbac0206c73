"""How far one scorer or one person moves what is learned of a model, and which of them move it beyond their cap.

The pull of a source on a cell is the cell's mean quality less what it would be without that source: where others judged
the same answers, by what these said. A source that moves a cell by more than the cap is left out of that cell, in the
fit and in the evidence alike, so that no single one moves a weight further than that. What judged more of a cell's
answers than all others is what they are held against, and stays: if it is wrong, the suites say that one source decides
alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

LEAST_OTHERS = 30  # answers of the others, for a pull to be known


@dataclass(frozen=True, slots=True)
class Pull:
    """One source's part in one cell: `quality` is the mean of its `n` answers, `others` that without the source.

    Without it `n_others` answers are still judged; None where none is. `n_adopted` answers have their quality from the
    source, alone or with others. `source` is `check`, `judge` or `person` with a name.
    """

    task_type: str
    model: str
    source: str
    n: int
    n_adopted: int
    quality: float
    n_others: int
    others: float | None

    @property
    def pull(self) -> float:
        """What the source adds to the cell's quality, in [-1, 1]; 0 where that is not known."""
        if self.others is None or self.n_others < LEAST_OTHERS:
            return 0.0
        return self.quality - self.others


def beyond_cap(pulls: Iterable[Pull], cap: float) -> tuple[Pull, ...]:
    """The sources that move a cell beyond the cap, where the others judged as much as they did; the strongest first."""
    strongest = sorted(pulls, key=lambda one: (-abs(one.pull), one.task_type, one.model, one.source))
    left_out: dict[tuple[str, str], int] = {}  # of two that judged a half each, and disagree, one stays
    found = []
    for one in strongest:
        key, gone = (one.task_type, one.model), left_out.get((one.task_type, one.model), 0)
        if abs(one.pull) > cap and one.n_others >= one.n_adopted and one.n_others - gone >= LEAST_OTHERS:
            left_out[key] = gone + one.n_adopted
            found.append(one)
    return tuple(found)


def tell_pull(pull: Pull) -> str:
    """In words."""
    return (
        f"{pull.source} moved {pull.task_type} on {pull.model} by {pull.pull:+.3f} "
        f"({pull.n_adopted:,} of {pull.n:,} answers)"
    )
