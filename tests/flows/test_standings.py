from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

import pytest

from flows.standings import verdict
from policies.evaluation.answered import Standing


def of(name: str, right: Iterable[int], *, n_items: int = 10) -> Standing:
    return Standing(name, n_items, frozenset(f"q{n}" for n in right), Decimal(0), 1.0)


CHANCE = "that shows no difference, as chance makes such a one often (McNemar's exact test, p = "


@pytest.mark.parametrize(
    ("ours", "said"),
    [
        (
            range(8),
            "routing answered 1 more right than the best without it (b)."
            f" Of the 10, 1 only routing had right, 0 only b: {CHANCE}1).",
        ),
        (
            range(1, 8),
            "routing bought no better answers: b had as many right."
            f" Of the 10, 1 only routing had right, 1 only b: {CHANCE}1).",
        ),
        (
            (0, 1, 2, 9),
            "routing bought nothing: b had 3 more right."
            f" Of the 10, 1 only routing had right, 4 only b: {CHANCE}0.38).",
        ),
    ],
)
def test_the_verdict_says_what_routing_bought_also_where_that_is_nothing(ours: Iterable[int], said: str) -> None:
    standings = [of("routed", ours), of("b", range(7)), of("c", range(3))]
    assert verdict(standings, routed="routed", n_batch=100) == f"On this sample of 10 of 100 items {said}"
    assert verdict(standings, routed="routed", n_batch=10) == f"On these 10 items {said}"


def test_a_difference_that_chance_seldom_makes_is_said_to_be_one() -> None:
    standings = [of("routed", range(40), n_items=100), of("b", range(30), n_items=100)]
    assert verdict(standings, routed="routed", n_batch=100) == (
        "On these 100 items routing answered 10 more right than the best without it (b)."
        " Of the 100, 10 only routing had right, 0 only b: seldom by chance (McNemar's exact test, p = 0.002)."
    )


def test_rivals_that_are_level_are_all_named_and_compared() -> None:
    said = verdict([of("routed", (9,)), of("b", range(7)), of("c", range(3, 10))], routed="routed", n_batch=10)
    assert "b and c had 6 more right" in said
    assert "1 only routing had right, 7 only b" in said
    assert "0 only routing had right, 6 only c" in said
