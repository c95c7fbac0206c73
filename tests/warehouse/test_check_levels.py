"""What is learned of a check: its scores beside what else is known of the same answers."""

from __future__ import annotations

from dataclasses import replace

from policies.cascade.evidence import CheckLevels
from policies.cascade.terms import CascadeView
from warehouse.check_levels import check_levels
from warehouse.landing import land


def levels_of(world) -> dict[bool, CheckLevels]:
    land(world.home)
    return {one.is_quality: one for one in check_levels(world.home) if one.model == "small"}


def seen(levels: CheckLevels) -> dict[int, tuple[int, float]]:
    return {level: (n, levels.quality[level]) for level, n in enumerate(levels.n) if n}


def ask(world, *numbers: int) -> None:
    """Calls whose step has the check `likely`, each answered once."""
    view = CascadeView("likely", False, "nothing is logged yet")
    world.append(*(replace(world.decision(n), cascade=view) for n in numbers))
    world.append(*(world.outcome(world.intent(n)) for n in numbers))


def test_a_scorer_that_no_cascade_goes_by_is_not_learned(world) -> None:
    world.append(world.decision(0), world.outcome(world.intent(0)), world.score(0, 1.0, name="likely"))
    land(world.home)
    assert check_levels(world.home) == ()


def test_people_come_before_other_checks_and_these_before_judges(world) -> None:
    ask(world, *range(4))
    world.append(*(world.score(n, 0.9, name="likely") for n in range(4)))
    world.append(world.score(0, 0.2, source="human", name="person"), world.score(0, 1.0, name="exact"))
    world.append(world.score(1, 0.4, name="exact"), world.score(1, 1.0, source="judge", name="judge"))
    world.append(world.score(2, 0.6, source="judge", name="judge"))
    levels = levels_of(world)
    (place,) = seen(levels[False]).items()
    assert (place[0], place[1][0], round(place[1][1], 9)) == (18, 3, 1.2)
    assert seen(levels[True]) == {18: (1, 0.9)}  # what nobody else judged


def test_a_given_up_answer_is_the_first_model_s_and_an_escalated_one_no_evidence(world) -> None:
    ask(world, 0)
    second = replace(
        world.intent(0, attempt_no=2),
        model="large",
        is_fallback=True,
        fallback_from="small",
        fallback_cause="escalated",
    )
    given_up = [
        replace(world.score(0, score, name=name), score_id=f"given-up-{name}", attempt_id="attempt-0-1")
        for name, score in (("likely", 0.1), ("exact", 0.0))
    ]
    world.append(
        world.outcome(second), *given_up, world.score(0, 1.0, name="likely"), world.score(0, 1.0, name="exact")
    )
    levels = levels_of(world)
    assert seen(levels[False]) == {2: (1, 0.0)}
    assert [one.model for one in check_levels(world.home)] == ["small"]


def test_an_answer_that_could_not_be_used_is_worth_nothing_where_others_are_judged(world) -> None:
    view = CascadeView("json_schema", False, "nothing is logged yet")
    world.append(*(replace(world.decision(n), cascade=view) for n in range(2)))
    world.append(*(world.outcome(world.intent(n)) for n in range(2)))
    refusal = replace(world.score(0, 0.0, name="json_schema"), attempt_id="attempt-0-1")
    world.append(refusal, world.score(1, 1.0, name="json_schema"), world.score(1, 0.5, name="exact"))
    assert seen(levels_of(world)[False]) == {0: (1, 0.0), 20: (1, 0.5)}
