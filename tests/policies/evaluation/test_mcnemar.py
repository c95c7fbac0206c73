from __future__ import annotations

from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.evaluation.mcnemar import discordance

ITEMS = st.sets(st.integers(0, 30).map(str))


def two_sided(n_ours: int, n_theirs: int) -> float:
    """The textbook's sum: twice the smaller tail of a fair coin, at most 1."""
    n = n_ours + n_theirs
    return min(1.0, 2 * sum(comb(n, k) for k in range(min(n_ours, n_theirs) + 1)) / 2**n)


@given(ITEMS, ITEMS)
def test_only_items_that_one_alone_has_right_count_and_the_sides_are_equal(ours: set[str], theirs: set[str]) -> None:
    split, turned = discordance(ours, theirs), discordance(theirs, ours)
    assert (split.ours_only, split.theirs_only) == (len(ours - theirs), len(theirs - ours))
    assert split.p_value == pytest.approx(two_sided(split.ours_only, split.theirs_only))
    assert turned.p_value == pytest.approx(split.p_value)
    assert discordance(ours | {"both"}, theirs | {"both"}).p_value == split.p_value


@pytest.mark.parametrize(("n_ours", "is_significant"), [(0, False), (5, False), (6, True)])
def test_six_items_of_six_are_needed_to_show_a_difference(n_ours: int, is_significant: bool) -> None:
    assert discordance({str(n) for n in range(n_ours)}, set()).is_significant == is_significant
