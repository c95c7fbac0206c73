"""What a part of the fault tests came to, as `make faults` prints it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts of one part; whatever is wrong beyond them is an `AssertionError` of its own.

    `n_acknowledged` are the records, looked for after each fault, that their writer had been told to be durable.
    """

    n_faults: int
    n_acknowledged: int
    n_lost: int = 0
    n_duplicates: int = 0
    are_sums_equal: bool = True

    @property
    def is_good(self) -> bool:
        """Whether nothing is lost, nothing is there twice, and all sums are the same."""
        return self.are_sums_equal and not self.n_lost and not self.n_duplicates
