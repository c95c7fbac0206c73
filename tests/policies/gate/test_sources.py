"""A source is left out of a cell that it moves beyond its cap, but never what most of the cell rests on."""

from __future__ import annotations

from dataclasses import replace

import pytest

from policies.gate.sources import LEAST_OTHERS, Pull, beyond_cap, tell_pull

PULL = Pull("generate", "large", "person mallory", n=400, n_adopted=40, quality=0.72, n_others=400, others=0.80)


def test_what_moves_a_cell_beyond_the_cap_is_told() -> None:
    assert beyond_cap([PULL], 0.05) == (PULL,)
    assert tell_pull(PULL) == "person mallory moved generate on large by -0.080 (40 of 400 answers)"


@pytest.mark.parametrize(
    "change",
    [
        {"quality": 0.76},  # within the cap
        {"n_adopted": 401},  # what the others are held against
        {"n_others": LEAST_OTHERS - 1},  # too few others
        {"n_others": 0, "others": None},
    ],
)
def test_others_are_kept(change: dict[str, float]) -> None:
    assert beyond_cap([replace(PULL, **change)], 0.05) == ()


def test_who_judged_every_answer_is_held_against_the_checks_of_the_same_answers() -> None:
    assert beyond_cap([replace(PULL, n_adopted=400)], 0.05) != ()


def test_of_two_that_judged_a_half_each_one_stays() -> None:
    halves = [
        Pull("generate", "large", name, n=400, n_adopted=200, quality=0.5, n_others=200, others=others)
        for name, others in (("person a", 0.9), ("person b", 0.1))
    ]
    assert [one.source for one in beyond_cap(halves, 0.05)] == ["person a"]


def test_the_strongest_come_first_and_praise_counts_as_blame_does() -> None:
    praise = replace(PULL, model="small", quality=0.95)
    assert beyond_cap([PULL, praise], 0.05) == (praise, PULL)
