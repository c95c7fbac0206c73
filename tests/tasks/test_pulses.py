"""What a process learns of models from its own calls, and that the next chunk goes by it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from policies.pulse import Average
from policies.types import Catalogue, CellMean, Decision, Weights
from tasks.pulses import RECALL_S, Pulses, ratio
from tasks.replaying import Library, replay
from tasks.requests import Call
from tasks.routes import Routed
from tests.fakes.calls import KEY_VARIABLE
from tests.fakes.desks import FOUR, NOON, SMALL, decide_for, planned_call
from tests.fakes.installations import Installation, run_whole, variables_of, write_installation
from tests.fakes.provider import ScriptedProvider
from warehouse.evidence import decisions_of
from warehouse.landing import land
from warehouse.query import query
from warehouse.records import Scored

JOB = """
name: ducks
input: {text_fields: [question]}
policy: performance
chunk_size: 6
steps:
  - {name: answer, kind: llm, task_type: generate, prompt: "{{ item.question }}", attempts: 1, timeout_s: 4}
"""
NOBODY = "http://127.0.0.1:9"


@pytest.fixture
def installation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, landed_home: Callable[[Path], Path]
) -> Iterator[Installation]:
    """The large model promises more, and nobody is there to serve it."""
    landed_home(tmp_path / "home")
    with ScriptedProvider() as provider:
        for name, value in {**variables_of(tmp_path), KEY_VARIABLE: "sk-test"}.items():
            monkeypatch.setenv(name, value)
        written = write_installation(tmp_path, base_url=provider.base_url, job=JOB, n_items=18)
        small, large = written.catalogue.read_text().split("- name: large")
        large = large.replace(provider.base_url, NOBODY)
        written.catalogue.write_text(f"{small}- name: large\n    prior_quality: {{default: 0.9}}{large}")
        yield written


def test_a_model_that_fails_in_one_chunk_loses_the_next_and_every_decision_can_be_made_again(
    installation: Installation,
) -> None:
    run_whole(installation.request())
    land(installation.home)
    routed = "SELECT call_id FROM decisions WHERE step = 'answer' GROUP BY call_id ORDER BY min(decided_at)"
    calls = [str(row[0]) for row in query(installation.home, routed).rows]
    facts = [decisions_of(installation.home, call) for call in calls]
    firsts = [decisions[0] for decisions in facts]
    assert {one.decision.model for one in firsts[:6]} == {"large"}
    assert not any((one.state or {}).get("pulses") for one in firsts[:6])
    assert [one.decision.model for one in firsts[6:]].count("large") <= 2  # what tries it again
    assert all((one.state or {}).get("pulses") for one in firsts[6:])
    library = Library(installation.home)
    told = [(one.verdict, one.notes) for decisions in facts for fact in decisions if (one := replay(fact, library))]
    assert {verdict for verdict, _ in told} == {"same"}, told


def scored_of(decision: Decision, score: float) -> Scored:
    return Scored("s", decision.call_id, "exact", "1", "check", score, None, None, NOON)


@pytest.mark.parametrize("is_known", [True, False])
def test_a_score_counts_where_the_ledger_predicted_it(is_known: bool) -> None:
    pulses = Pulses()
    call = planned_call()
    cells = (CellMean(call.request.task_type, "small", 50, 0.9, 0.01, 0.1, 1.0),) if is_known else ()
    decision = decide_for(call.request, "small", p_quality=0.9)
    routed = [Routed(Call(call.request, call.messages), decision)]
    pulses.see_scores(routed, [scored_of(decision, 0.4)], catalogue=FOUR, weights=Weights("w", cells))
    seen = pulses.now(FOUR)
    if is_known:
        assert seen["small"].quality == {call.request.task_type: Average().seen(0.4 - 0.9)}
    else:
        assert seen == {}


@pytest.mark.parametrize("own", [0.95, None])
def test_an_own_score_is_held_against_own_scores_where_the_final_one_is_credited(own: float | None) -> None:
    """The learned quality has the final answers' in it: against that, every good rewrite would be a surprise."""
    pulses = Pulses()
    call = planned_call()
    cell = CellMean(call.request.task_type, "small", 50, 0.5, 0.01, 0.1, 1.0, credit=0.5, own_quality=own)
    decision = decide_for(call.request, "small", p_quality=0.5)
    routed = [Routed(Call(call.request, call.messages), decision)]
    pulses.see_scores(routed, [scored_of(decision, 0.9)], catalogue=FOUR, weights=Weights("w-credited", (cell,)))
    seen = pulses.now(FOUR)
    assert seen == {} if own is None else seen["small"].quality == {call.request.task_type: Average().seen(0.9 - own)}


def test_what_was_not_called_for_long_is_forgotten() -> None:
    moment = [1000.0]
    pulses = Pulses(clock_s=lambda: moment[0])
    call = planned_call()
    decision = decide_for(call.request, "small", p_quality=0.9)
    weights = Weights("w", (CellMean(call.request.task_type, "small", 50, 0.9, 0.01, 0.1, 1.0),))

    def see(catalogue: Catalogue = FOUR) -> None:
        routed = [Routed(Call(call.request, call.messages), decision)]
        pulses.see_scores(routed, [scored_of(decision, 0.4)], catalogue=catalogue, weights=weights)

    see()
    see()
    assert pulses.now(FOUR)["small"].quality[call.request.task_type].weight > 1
    moment[0] += RECALL_S
    assert pulses.now(FOUR) == {}
    see()
    assert pulses.now(FOUR)["small"].quality[call.request.task_type].weight == 1
    assert pulses.now(Catalogue((SMALL,), "c-other")).keys() == {"small"}


@pytest.mark.parametrize(
    ("observed", "predicted", "known"), [(2.0, 0.5, 4.0), (None, 1.0, None), (1.0, None, None), (1.0, 0.0, None)]
)
def test_a_ratio_needs_both(observed: float | None, predicted: float | None, known: float | None) -> None:
    assert ratio(observed, predicted) == known
