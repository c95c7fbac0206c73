"""Weights: fitted from scored calls, promoted by the gate alone, one live version, and a way back."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from policies.errors import BadInputError
from policies.weights import parse_weights, weights_version
from warehouse.landing import land
from warehouse.records import Validated
from warehouse.weights import list_weights, live_weights, show_weights
from warehouse.weights_changes import promote_weights, rollback_weights, settle_fit
from warehouse.weights_fit import fit_weights
from warehouse.weights_gate import judge_fit

SOUND = Validated("v", "facts", "ids are unique", "attempts", True, "0", 0, True, None)  # type: ignore[arg-type] # unused


@pytest.fixture
def learn(world, noon):
    """Logs scored calls per model, lands them, and lets the gate decide; one minute later each time."""
    clock = {"n": 0}

    def learn(*, validated=(SOUND,), min_calls=1, **qualities):
        for model, scores in qualities.items():
            numbers = range(clock["n"], clock["n"] + len(scores))
            clock["n"] += len(scores)
            starts = [noon + timedelta(seconds=n) for n in numbers]
            intents = [
                replace(world.intent(n), model=model, started_at=at) for n, at in zip(numbers, starts, strict=True)
            ]
            outcomes = [world.outcome(intent) for intent in intents]
            world.append(*outcomes, *(world.score(n, score) for n, score in zip(numbers, scores, strict=True)))
        land(world.home)
        fit = fit_weights(world.home)
        clock["n"] += 1
        conditions = judge_fit(fit, validated, min_calls=min_calls)
        return settle_fit(world.home, fit, conditions, changed_at=noon + timedelta(minutes=clock["n"]))

    return learn


@pytest.fixture
def noon():
    """When the facts of the small world happened."""
    from datetime import UTC, datetime

    return datetime(2026, 11, 25, 12, 0, tzinfo=UTC)


def statuses(home) -> dict[str, str]:
    return {version.weights_version: version.status for version in list_weights(home)}


def test_without_a_warehouse_or_a_promotion_nothing_is_live(empty_world) -> None:
    assert live_weights(empty_world.home) is None
    assert list_weights(empty_world.home) == ()
    land(empty_world.home)
    assert live_weights(empty_world.home) is None


def test_a_fit_has_the_means_of_the_scored_calls(world, learn, noon) -> None:
    change = learn(small=[0.0] * 20, large=[1.0] * 10)
    recorded = show_weights(world.home, change.version)
    weights = parse_weights(recorded.document)
    assert (weights.version, recorded.n_calls) == (change.version, 30)
    small, large = weights.cell("generate", "small"), weights.cell("generate", "large")
    assert (small.n, large.n) == (20, 10)
    assert 0.0 <= small.quality < 0.1 < 0.9 < large.quality <= 1.0
    assert (small.cost_usd, small.latency_s) == (pytest.approx(0.0002), 0.5)
    assert (recorded.data_from, recorded.data_to) == (noon, noon + timedelta(seconds=29))
    first = json.loads(recorded.estimates)["cells"][0]
    assert (first["model"], first["n"], first["parent_quality"]) == ("large", 10, None)


def test_calls_without_a_score_teach_nothing(world) -> None:
    world.append(world.decision(1), world.outcome(world.intent(1)))
    land(world.home)
    fit = fit_weights(world.home)
    assert (fit.cells, fit.n_calls, fit.data_from) == ((), 0, None)


def test_a_model_whose_cost_nobody_knows_is_known_by_its_quality(world) -> None:
    world.append(world.outcome(world.intent(1), cost_usd=None), world.score(1, 1.0))
    world.append(world.outcome(replace(world.intent(2), model="large")), world.score(2, 1.0))
    land(world.home)
    fit = fit_weights(world.home)
    assert [(cell.model, cell.cost_usd) for cell in fit.cells] == [("large", pytest.approx(0.0002)), ("small", None)]
    assert (fit.left_out, fit.n_calls) == ((), 2)
    assert parse_weights(fit.document).cell("generate", "small").cost_usd is None


def test_the_cost_of_a_cell_is_that_of_the_calls_whose_cost_is_known(world) -> None:
    world.append(world.outcome(world.intent(1), cost_usd=None), world.score(1, 1.0))
    world.append(world.outcome(world.intent(2), cost_usd=Decimal(3)), world.score(2, 1.0))
    land(world.home)
    (cell,) = fit_weights(world.home).cells
    assert (cell.n, cell.cost_usd) == (2, 3.0)


def test_what_a_fallback_cost_before_is_not_the_last_models(world) -> None:
    first = world.outcome(world.intent(1, attempt_no=1), cost_usd=Decimal(5))
    second = world.outcome(replace(world.intent(1, attempt_no=2), model="large"), cost_usd=Decimal(1))
    world.append(first, second, world.score(1, 1.0))
    land(world.home)
    (cell,) = fit_weights(world.home).cells
    assert (cell.model, cell.cost_usd, cell.latency_s) == ("large", 1.0, 0.5)


def test_the_judgement_of_a_person_counts_for_that_of_a_check(world) -> None:
    world.append(world.outcome(world.intent(1)), world.score(1, 1.0), world.score(1, 0.0, source="human", name="me"))
    land(world.home)
    assert fit_weights(world.home).cells[0].quality == 0.0


def test_promoting_one_retires_the_other(world, learn) -> None:
    first = learn(small=[1.0])
    second = learn(small=[0.0])
    assert (first.verdict, second.verdict) == ("promoted", "promoted")
    assert statuses(world.home) == {first.version: "retired", second.version: "live"}
    assert live_weights(world.home) == (second.version, show_weights(world.home, second.version).document)
    assert (second.before, show_weights(world.home, second.version).parent) == (first.version, first.version)


def test_a_critical_failure_rejects_and_the_live_version_stays(world, learn) -> None:
    first = learn(small=[1.0])
    failed = replace(SOUND, success=False, observed="3")
    second = learn(small=[0.0], validated=(SOUND, failed))
    assert (second.verdict, second.live) == ("rejected", first.version)
    assert statuses(world.home) == {first.version: "live", second.version: "rejected"}
    gate = json.loads(show_weights(world.home, second.version).gate)
    assert gate[0] == {
        "condition": "no critical expectation fails",
        "held": False,
        "detail": "attempts: ids are unique (saw 3)",
    }
    assert [condition["held"] for condition in gate[1:]] == [True, True]


@pytest.mark.parametrize(
    ("settings", "broken"),
    [
        ({"validated": ()}, "no critical expectation fails"),
        ({"min_calls": 3}, "at least 3 scored calls"),
    ],
)
def test_each_condition_alone_rejects(world, learn, settings, broken) -> None:
    change = learn(small=[1.0, 0.0], **settings)
    assert change.verdict == "rejected"
    assert [one.condition for one in change.conditions if not one.held] == [broken]
    assert live_weights(world.home) is None


def test_a_failed_warning_does_not_reject(learn) -> None:
    assert learn(small=[1.0], validated=(SOUND, replace(SOUND, success=False, critical=False))).verdict == "promoted"


def test_the_live_version_fitted_again_on_unsound_facts_stays_live(world, learn) -> None:
    first = learn(small=[1.0])
    again = learn(validated=(replace(SOUND, success=False),))
    assert (again.verdict, again.version) == ("unchanged", first.version)
    assert statuses(world.home) == {first.version: "live"}


def test_a_rejected_version_can_be_promoted_when_the_facts_are_sound_again(world, learn) -> None:
    rejected = learn(small=[1.0], validated=())
    promoted = learn()
    assert (rejected.verdict, promoted.verdict) == ("rejected", "promoted")
    assert statuses(world.home) == {rejected.version: "live"}


def test_of_two_that_learn_at_once_one_wins(world, learn, noon) -> None:
    learn(small=[1.0])
    fits = []
    for n, model in ((101, "x"), (102, "y")):
        world.append(world.outcome(replace(world.intent(n), model=model)), world.score(n, 1.0))
        land(world.home)
        fits.append(fit_weights(world.home))
    verdicts = []

    def settle(fit) -> None:
        conditions = judge_fit(fit, (SOUND,), min_calls=1)
        verdicts.append(settle_fit(world.home, fit, conditions, changed_at=noon + timedelta(hours=2)).verdict)

    threads = [threading.Thread(target=settle, args=(fit,)) for fit in fits]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(verdicts) == ["promoted", "rejected"]
    assert sorted(statuses(world.home).values()) == ["live", "rejected", "retired"]


def test_a_damaged_live_document_is_replaced_by_the_next_fit(world, learn) -> None:
    world.append(world.weights("broken", "live"))
    change = learn(small=[1.0])
    assert (change.verdict, change.before) == ("promoted", "broken")
    assert statuses(world.home) == {change.version: "live", "broken": "retired"}


def test_rollbacks_go_back_one_version_each(world, learn, noon) -> None:
    versions = [learn(small=[score]).version for score in (1.0, 0.0, 0.5)]
    for n, target in enumerate(reversed(versions[:-1]), 1):
        change = rollback_weights(world.home, changed_at=noon + timedelta(days=n))
        assert (change.verdict, change.live) == ("promoted", target)
        assert live_weights(world.home)[0] == target
    with pytest.raises(BadInputError, match="the first version: there is nothing to go back to"):
        rollback_weights(world.home, changed_at=noon + timedelta(days=9))
    assert sorted(statuses(world.home).values()) == ["live", "retired", "retired"]


def test_a_version_is_promoted_by_hand(world, learn, noon) -> None:
    first, second = learn(small=[1.0]), learn(small=[0.0])
    change = promote_weights(world.home, first.version, changed_at=noon + timedelta(days=1))
    assert (change.verdict, change.before) == ("promoted", second.version)
    assert statuses(world.home) == {first.version: "live", second.version: "retired"}
    assert "promoted by hand" in show_weights(world.home, first.version).gate
    again = promote_weights(world.home, first.version, changed_at=noon + timedelta(days=2))
    assert again.verdict == "unchanged"


def test_what_is_not_there_or_damaged_is_not_promoted(world, learn, noon) -> None:
    with pytest.raises(BadInputError, match="no weights are live"):
        rollback_weights(world.home, changed_at=noon)
    with pytest.raises(BadInputError, match="there is no such version; the latest are none yet"):
        promote_weights(world.home, "w-none", changed_at=noon)
    live = learn(small=[1.0]).version
    document = show_weights(world.home, live).document
    world.append(world.weights("damaged", "rejected"))
    world.append(replace(world.weights("w-0123456789abcdef", "rejected"), document=document))
    land(world.home)
    assert weights_version(document) == live
    for name, problem in (("damaged", "is no weights document"), ("w-0123456789abcdef", "is the hash of")):
        with pytest.raises(BadInputError, match=problem):
            promote_weights(world.home, name, changed_at=noon)
    assert live_weights(world.home)[0] == live
