from __future__ import annotations

from decimal import Decimal

import pytest

from flows.standings import Answered, Standing, standing, verdict


def of(name: str, n_right: int) -> Standing:
    return Standing(name, 10, n_right, Decimal(0), 1.0)


def test_an_answer_is_right_from_a_half_and_never_without_a_score() -> None:
    items = [Answered(quality, Decimal("0.1"), 1.0) for quality in (1.0, 0.5, 0.49, 0.0, None)]
    assert standing("a", items) == Standing("a", 5, 2, Decimal("0.5"), 5.0)


def test_a_cost_that_is_unknown_makes_the_sum_unknown() -> None:
    assert standing("a", [Answered(1.0, Decimal(1), 1.0), Answered(1.0, None, None)]).cost_usd is None


@pytest.mark.parametrize(
    ("ours", "said"),
    [
        (8, "Routing answered 1 more of 10 right than the best without it (b)."),
        (7, "Routing bought no better answers on these 10 items: b had as many right."),
        (5, "Routing bought nothing on these 10 items: b had 2 more right."),
    ],
)
def test_the_verdict_says_what_routing_bought_also_where_that_is_nothing(ours: int, said: str) -> None:
    assert verdict([of("routed", ours), of("b", 7), of("c", 3)], routed="routed") == said


def test_rivals_that_are_level_are_all_named() -> None:
    assert "b and c had" in verdict([of("routed", 1), of("b", 7), of("c", 7)], routed="routed")
