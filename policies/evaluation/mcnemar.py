"""Whether two policies differ on the same items by more than chance would make them."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass

LEVEL = 0.05


@dataclass(frozen=True, slots=True)
class Discordance:
    """The items that only one of two policies answered right, and how probable so uneven a split is by chance."""

    ours_only: int
    theirs_only: int
    p_value: float

    @property
    def is_significant(self) -> bool:
        """Whether chance alone makes so uneven a split in less than one of twenty cases."""
        return self.p_value < LEVEL


def discordance(ours: Set[str], theirs: Set[str]) -> Discordance:
    """Compare the items that two policies answered right, by McNemar's exact test; p is 1 where they are the same.

    Items that both or neither answered right say nothing of the difference; of the others each is ours with
    probability ½ if there is none: a two-sided binomial test (McNemar, Psychometrika 12, 1947).
    """
    n_ours, n_theirs = len(ours - theirs), len(theirs - ours)
    if n_ours == n_theirs:
        return Discordance(n_ours, n_theirs, 1.0)
    from scipy.stats import binomtest  # here: it takes a second to import

    return Discordance(n_ours, n_theirs, float(binomtest(n_ours, n_ours + n_theirs, 0.5).pvalue))
