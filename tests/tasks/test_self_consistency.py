"""A check that asks the model again: what is sent, what it says of an answer, and what is on record of it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from decimal import Decimal

import pytest

from policies.cascade.terms import SELF_CONSISTENCY, CascadeView
from policies.types import Candidate
from tasks.accounts import worst_case_usd
from tasks.budget import Budget
from tasks.cascades import AnswerCheck
from tasks.desk import Desk
from tasks.history import History, histories
from tasks.jobs.context import Context
from tasks.jobs.steps import LlmStep
from tasks.models.client import Completion, ModelCall
from tasks.planned import CallResult, PlannedCall
from tasks.sending import settle_call
from tests.fakes.clients import ScriptedClient, failed
from tests.fakes.desks import SMALL, MemoryJournal, MemoryLedger, desk_with, planned_call
from warehouse.records import Agreed

TAKEN = CascadeView(SELF_CONSISTENCY, True, first="small", second="large", threshold=0.6, pass_rate=0.6)
ALONE = CascadeView(SELF_CONSISTENCY, False, "nothing is logged yet")
CANDIDATES = (
    Candidate("small", eligible=True, reason="", p_quality=0.5, p_cost_usd=Decimal("0.00001")),
    Candidate("large", eligible=True, reason="dearer", p_quality=0.9, p_cost_usd=Decimal("0.0001")),
)


def step_with(measured: float = 0.0, *, output: object = None) -> LlmStep:
    return LlmStep.model_validate(
        {
            "name": "answer",
            "kind": "llm",
            "task_type": "generate",
            "prompt": "{{ item.question }}",
            "output": output,
            "scorers": [{"scorer": "contains", "reference": "item.wanted"}],
            "cascade": {"check": SELF_CONSISTENCY, "samples": 3, "temperature": 0.9, "measured": measured},
        }
    )


def asking(
    view: CascadeView = TAKEN, *, measured: float = 0.0, model: str = "small", item_id: str = "item-1"
) -> PlannedCall:
    check = AnswerCheck(step_with(measured), Context(item={"wanted": "queue"}))
    call = planned_call(item_id=item_id, model=model, attempts=2, cascade=view, check=check)
    return replace(call, decision=replace(call.decision, candidates=CANDIDATES))


def answering(*samples: str, first: str = "a queue") -> ScriptedClient:
    """The small model's first answer, and those that it gives when it is asked again."""

    def answer(call: ModelCall) -> str:
        if call.deployment.name.startswith("large"):
            return "a double-ended queue"
        return first if call.temperature == 0.0 else samples[call.seed - 1]

    return ScriptedClient(answer=answer)


def settle(call: PlannedCall, desk: Desk, *, history: History | None = None) -> CallResult:
    return asyncio.run(settle_call(call, desk, history=history or History()))


def agreements(ledger: MemoryLedger) -> list[Agreed]:
    return [record for record in ledger.records if isinstance(record, Agreed)]


def test_an_answer_that_the_others_agree_with_is_kept_and_all_of_it_is_on_record() -> None:
    client, ledger = answering("A queue.", "the queue", "a stack"), MemoryLedger()
    call = asking()
    result = settle(call, desk_with(client, ledger=ledger))
    assert (result.model, result.output, result.call_id) == ("small", "a queue", call.request.call_id)
    own, *samples = ledger.intents
    assert {(one.step, one.model, one.is_fallback) for one in samples} == {("answer.self_consistency", "small", False)}
    assert len({one.call_id for one in ledger.intents}) == 4
    assert {(made.policy, made.propensity) for made in ledger.decisions} == {(SELF_CONSISTENCY, 1.0)}
    assert {made.decision_id for made in ledger.decisions} == {one.decision_id for one in samples}
    (agreed,) = agreements(ledger)
    assert (agreed.attempt_id, agreed.call_id, agreed.n_samples, agreed.n_seen) == (own.attempt_id, own.call_id, 3, 3)
    assert agreed.agreement == pytest.approx(2 / 3)
    assert agreed.detail == "2 of 3 further answers are the same"
    assert ledger.scores == []  # no quality of anything
    asked = [(one.temperature, one.seed) for one in client.calls]
    assert sorted(asked) == [(0.0, 0), (0.9, 1), (0.9, 2), (0.9, 3)]


def test_an_answer_that_the_others_contradict_goes_on_to_the_next_model() -> None:
    client, ledger = answering("a stack", "a heap", "a queue"), MemoryLedger()
    result = settle(asking(), desk_with(client, ledger=ledger))
    assert (result.model, result.output) == ("large", "a double-ended queue")
    assert ledger.intents[-1].fallback_cause == "escalated"
    (given_up,) = ledger.scores
    assert (given_up.scorer, given_up.attempt_id) == ("contains", ledger.intents[0].attempt_id)
    assert len(agreements(ledger)) == 1


def test_a_further_answer_that_cannot_be_used_disagrees_and_one_that_never_came_says_nothing() -> None:
    client, ledger = answering(" ", "a queue", "a queue"), MemoryLedger()
    assert settle(asking(), desk_with(client, ledger=ledger)).model == "small"
    assert agreements(ledger)[0].detail == "2 of 3 further answers are the same, 1 can't be used"
    assert [score.scorer for score in ledger.scores] == ["usable"]  # of a sample: shown, and not learned from
    client, ledger = answering("a queue", "a queue", "a queue"), MemoryLedger()
    assert settle(asking(), desk_with(FailingSamples(client, n=2), ledger=ledger)).model == "small"
    assert [(one.n_samples, one.n_seen, one.agreement) for one in agreements(ledger)] == [(3, 1, 1.0)]
    ledger = MemoryLedger()
    assert settle(asking(), desk_with(FailingSamples(client, n=3), ledger=ledger)).model == "small"
    assert agreements(ledger) == []


class FailingSamples:
    """A client whose first `n` further answers are refused by the provider."""

    def __init__(self, client: ScriptedClient, *, n: int) -> None:
        self.client, self.n = client, n

    async def complete(self, call: ModelCall) -> Completion:
        if call.temperature and self.n:
            self.n -= 1
            raise failed("bad_request", is_retryable=False)
        return await self.client.complete(call)


def test_where_the_money_does_not_allow_to_ask_again_the_answer_is_kept_and_nothing_is_overspent() -> None:
    call, client, ledger = asking(), answering("a stack", "a heap", "a tree"), MemoryLedger()
    worst = worst_case_usd(SMALL, call)
    assert worst is not None
    budget = Budget(worst + Decimal("0.000001"))
    result = settle(call, desk_with(client, ledger=ledger, budget=budget))
    assert (result.model, result.output, result.error) == ("small", "a queue", None)
    assert budget.unspent_usd is not None
    assert budget.unspent_usd >= 0


@pytest.mark.parametrize("n_before", range(1, 11))
def test_a_call_that_was_killed_anywhere_goes_on_and_sends_nothing_twice(n_before: int) -> None:
    """The journal holds intents and outcomes of one answer, three further ones, and the next model's."""
    samples = ("a stack", "a heap", "a tree")
    journal, first, call = MemoryJournal(), MemoryLedger(), asking()
    settle(call, desk_with(answering(*samples), journal=journal, ledger=first))
    assert len(journal.records) == 10
    past = histories(journal.records[:n_before])
    n_sent = sum(len(one.attempts) for one in past.values())
    n_open = sum(one.outcome is None for history in past.values() for one in history.attempts)
    client, again = answering(*samples), MemoryLedger()
    desk = replace(desk_with(client, ledger=again), past=past)
    result = settle(call, desk, history=past.get(call.request.call_id))
    assert (result.model, result.output) == ("large", "a double-ended queue")
    assert (
        len(client.calls) == 5 - n_sent + n_open
    )  # what nobody knows the end of is sent once more, within two attempts
    if not n_open:
        assert [one.agreement for one in agreements(again)] == [one.agreement for one in agreements(first)]


def test_a_share_of_the_other_answers_is_measured_and_none_of_the_dearest_model() -> None:
    def measured(call: PlannedCall) -> int:
        client, ledger = answering("a stack", "a heap", "a tree"), MemoryLedger()
        assert settle(call, desk_with(client, ledger=ledger)).model == call.decision.model  # whatever it shows
        assert len(client.calls) == 1 + 3 * len(agreements(ledger))
        return len(agreements(ledger))

    counts = [measured(asking(ALONE, measured=0.3, item_id=f"item-{n}")) for n in range(60)]
    assert 8 <= sum(counts) <= 30
    assert counts == [measured(asking(ALONE, measured=0.3, item_id=f"item-{n}")) for n in range(60)]
    assert measured(asking(ALONE, measured=0.0)) == 0
    assert measured(asking(ALONE, measured=1.0)) == 1
    assert measured(asking(ALONE, measured=1.0, model="large")) == 0


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"check": "contains", "samples": 2}, "samples goes with 'check: self_consistency' alone"),
        ({"check": "contains", "measured": 0.1}, "measured goes with 'check: self_consistency' alone"),
        ({"check": SELF_CONSISTENCY, "samples": 0}, "greater than or equal to 1"),
        ({"check": SELF_CONSISTENCY, "temperature": 0.0}, "greater than 0"),
    ],
)
def test_what_a_job_may_not_say_of_it_is_refused(change: dict[str, object], problem: str) -> None:
    step = step_with().model_dump(mode="json", exclude_none=True, by_alias=True) | {"cascade": change}
    with pytest.raises(ValueError, match=problem):
        LlmStep.model_validate(step)
