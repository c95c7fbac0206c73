"""How one policy stands on the items of a batch."""

from __future__ import annotations

from decimal import Decimal

from policies.evaluation.answered import Answered, Standing, in_common, settled, standing, standings_of


def test_an_answer_is_right_from_a_half_and_never_without_a_score() -> None:
    qualities = (1.0, 0.5, 0.49, 0.0, None)
    items = {f"q{n}": Answered(quality, Decimal("0.1"), 1.0) for n, quality in enumerate(qualities)}
    assert standing("a", items) == Standing("a", 5, frozenset({"q0", "q1"}), Decimal("0.5"), 5.0)


def test_a_cost_that_is_unknown_makes_the_sum_unknown() -> None:
    items = {"q0": Answered(1.0, Decimal(1), 1.0), "q1": Answered(1.0, None, None)}
    assert standing("a", items).cost_usd is None


def test_policies_are_held_against_each_other_on_the_items_that_all_ran() -> None:
    right, wrong = Answered(1.0, Decimal(1), 1.0, True), Answered(0.0, Decimal(2), 2.0, True)
    runs = {"a": {"q1": wrong, "q0": right, "q2": wrong}, "b": {"q0": right, "q1": right}}
    assert [list(items) for items in in_common(runs).values()] == [["q0", "q1"], ["q0", "q1"]]
    assert [(one.name, one.n_right, one.cost_usd) for one in standings_of(runs)] == [("b", 2, 2), ("a", 1, 3)]


def test_an_item_without_an_answer_at_a_scored_step_has_quality_0_and_stays_unanswered() -> None:
    failed = Answered(None, Decimal(1), 1.0)
    assert settled(failed, is_scored=True) == Answered(0.0, Decimal(1), 1.0)
    assert settled(failed, is_scored=False) == failed
    unscored = Answered(None, Decimal(1), 1.0, is_answered=True)
    assert settled(unscored, is_scored=True) == unscored
