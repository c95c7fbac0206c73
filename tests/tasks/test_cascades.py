"""A call of a cascade: kept or escalated, scored attempt by attempt, within the budget, and resumed without sending
again what was sent."""

from __future__ import annotations

import asyncio
from decimal import Decimal

import pytest

from policies.cascade.terms import CascadeView
from tasks.accounts import worst_case_usd
from tasks.budget import Budget
from tasks.cascades import KEPT, AnswerCheck
from tasks.desk import Desk
from tasks.history import History, histories
from tasks.jobs.context import Context
from tasks.jobs.steps import LlmStep
from tasks.planned import CallResult, PlannedCall
from tasks.sending import settle_call
from tests.fakes.clients import ScriptedClient, failed
from tests.fakes.desks import LARGE, SMALL, MemoryJournal, MemoryLedger, desk_with, planned_call

PROMPT = "What is a deque?"
TAKEN = CascadeView("contains", True, first="small", second="large", threshold=0.5, pass_rate=0.6)
STEP = LlmStep.model_validate(
    {
        "name": "answer",
        "kind": "llm",
        "task_type": "generate",
        "prompt": "{{ item.question }}",
        "scorers": [{"scorer": "contains", "reference": "item.wanted"}, {"scorer": "non_empty"}],
        "cascade": {"check": "contains"},
    }
)


def cascading(
    *, wanted: str | None = "queue", attempts: int = 1, fallbacks: int = 2, deadline_s: float = 30.0
) -> PlannedCall:
    item = {} if wanted is None else {"wanted": wanted}
    check = AnswerCheck(STEP, Context(item=item))
    return planned_call(
        text=PROMPT, attempts=attempts, fallbacks=fallbacks, cascade=TAKEN, check=check, deadline_s=deadline_s
    )


def answering(small: str, large: str = "a double-ended queue") -> ScriptedClient:
    return ScriptedClient(answer=lambda call: small if call.deployment.name.startswith("small") else large)


def settle(call: PlannedCall, desk: Desk, *, history: History | None = None) -> CallResult:
    return asyncio.run(settle_call(call, desk, history=history or History()))


def models_of(client: ScriptedClient) -> list[str]:
    return [call.deployment.name.partition("-")[0] for call in client.calls]


def test_an_answer_that_passes_is_kept_and_nobody_else_is_asked() -> None:
    client, ledger = answering("a queue"), MemoryLedger()
    result = settle(cascading(), desk_with(client, ledger=ledger))
    assert (result.model, result.output, result.attempt_id) == ("small", "a queue", None)
    assert models_of(client) == ["small"]
    assert ledger.scores == []  # the step's own scoring comes after


def test_an_answer_that_fails_goes_on_to_the_next_model_whose_answer_counts() -> None:
    client, ledger = answering("a stack"), MemoryLedger()
    result = settle(cascading(fallbacks=0), desk_with(client, ledger=ledger))
    assert (result.model, result.output, result.attempt_id) == ("large", "a double-ended queue", None)
    first, second = ledger.intents
    assert (first.is_fallback, first.fallback_cause) == (False, None)
    assert (second.is_fallback, second.fallback_from, second.fallback_cause) == (True, "small", "escalated")
    assert [outcome.cost_usd for outcome in ledger.outcomes] == [Decimal("0.000008"), Decimal("0.000130")]
    assert [(d.model, d.refusal) for d in ledger.decisions] == [("large", None)]


def test_the_given_up_answer_is_scored_by_every_scorer_as_its_own_attempt() -> None:
    ledger = MemoryLedger()
    settle(cascading(), desk_with(answering("a stack"), ledger=ledger))
    assert [(s.scorer, s.score, s.source) for s in ledger.scores] == [
        ("contains", 0.0, "check"),
        ("non_empty", 1.0, "check"),
    ]
    assert {score.attempt_id for score in ledger.scores} == {ledger.intents[0].attempt_id}
    kinds = [type(record).__name__ for record in ledger.records]
    assert kinds.index("Scored") < kinds.index("Intent", 1)  # durable before anything else is sent


def test_what_the_check_has_nothing_to_say_of_is_kept() -> None:
    client = answering("a stack")
    assert settle(cascading(wanted=None), desk_with(client)).model == "small"
    assert models_of(client) == ["small"]


def test_the_next_model_is_the_cascades_and_not_the_routers_favourite() -> None:
    client = answering("a stack")
    desk = desk_with(client, order=("small", "spare", "large"))
    assert settle(cascading(), desk).model == "large"


@pytest.mark.parametrize("left", ["first only", "by the estimate"])
def test_where_the_money_does_not_allow_to_go_on_the_first_answer_is_kept(left: str) -> None:
    call, client, ledger = cascading(), answering("a stack"), MemoryLedger()
    worst = worst_case_usd(SMALL, call)
    assert worst is not None
    budget = Budget(worst + Decimal("0.000001"))
    order = ("small", "large", "spare") if left == "first only" else ("small",)
    result = settle(call, desk_with(client, ledger=ledger, budget=budget, order=order))
    assert (result.model, result.output) == ("small", "a stack")
    assert result.attempt_id == ledger.intents[0].attempt_id
    assert models_of(client) == ["small"]
    assert ledger.decisions[-1].model is None
    if left == "first only":
        assert ledger.decisions[-1].refusal is not None
        assert ledger.decisions[-1].refusal.startswith(f"{KEPT}the budget is spent: large may cost")
    assert budget.unspent_usd is not None
    assert budget.unspent_usd >= 0


def test_where_the_next_model_fails_the_others_are_asked_and_at_last_the_first_answer_is_kept() -> None:
    error = failed("bad_request", is_retryable=False)
    client = answering("a stack")
    client.failures = {"large-1": [error], "large-2": [error], "spare-1": [error]}
    ledger = MemoryLedger()
    result = settle(cascading(), desk_with(client, ledger=ledger))
    assert models_of(client) == ["small", "large", "spare"]
    assert (result.model, result.output, result.error) == ("small", "a stack", None)
    assert result.attempt_id == ledger.intents[0].attempt_id
    assert [intent.fallback_cause for intent in ledger.intents] == [None, "escalated", "bad_request"]


def test_nothing_is_asked_after_the_deadline() -> None:
    client, ledger = answering("a stack"), MemoryLedger()
    client.delay_s = 0.05
    result = settle(cascading(deadline_s=0.02), desk_with(client, ledger=ledger))
    assert (result.model, models_of(client)) == ("small", ["small"])
    assert ledger.decisions[-1].refusal == f"{KEPT}0.02 s are over"


@pytest.mark.parametrize("n_before", [1, 2, 3, 4])
def test_a_call_that_was_killed_anywhere_goes_on_and_sends_nothing_twice(n_before: int) -> None:
    """The journal is cut after each of its records: intent and outcome of the first model, then of the second."""
    journal, call = MemoryJournal(), cascading(attempts=3)
    settle(call, desk_with(answering("a stack"), journal=journal))
    past = histories(journal.records[:n_before])[call.request.call_id]
    client, ledger = answering("a stack"), MemoryLedger()
    result = settle(call, desk_with(client, ledger=ledger), history=past)
    assert (result.model, result.output) == ("large", "a double-ended queue")
    expected = {1: ["small", "large"], 2: ["large"], 3: ["large"], 4: []}[n_before]
    assert models_of(client) == expected
    assert [i.fallback_cause for i in ledger.intents if i.model == "large"] == ["escalated"] * expected.count("large")


def test_scores_of_a_resumed_call_have_the_same_keys() -> None:
    journal, first, again = MemoryJournal(), MemoryLedger(), MemoryLedger()
    call = cascading()
    settle(call, desk_with(answering("a stack"), ledger=first, journal=journal))
    past = histories(journal.records)[call.request.call_id]
    settle(call, desk_with(answering("a stack"), ledger=again), history=past)
    assert [s.score_id for s in again.scores] == [s.score_id for s in first.scores]


def test_a_budget_holds_whatever_the_answers_are() -> None:
    """Of many calls at once not all can escalate: never more than the budget is spent, and each has an answer."""
    call = cascading()
    worst = [worst_case_usd(model, call) for model in (SMALL, LARGE)]
    assert worst[0] is not None
    assert worst[1] is not None
    budget, client = Budget(40 * worst[0] + 3 * worst[1]), answering("a stack")

    async def settle_all() -> list[CallResult]:
        desk = desk_with(client, budget=budget)
        calls = [planned_call(item_id=f"item-{n}", text=PROMPT, cascade=TAKEN, check=call.check) for n in range(40)]
        return list(await asyncio.gather(*(settle_call(one, desk, history=History()) for one in calls)))

    results = asyncio.run(settle_all())
    assert all(result.error is None for result in results)
    assert {result.model for result in results} <= {"small", "large"}
    assert budget.unspent_usd is not None
    assert budget.unspent_usd >= 0


def test_an_answer_that_the_step_cannot_use_goes_to_the_cascade_s_next_model_too() -> None:
    client, ledger = answering(" ", large="a double-ended queue"), MemoryLedger()
    desk = desk_with(client, ledger=ledger, order=("small", "spare", "large"))
    assert settle(cascading(), desk).model == "large"
    assert [intent.fallback_cause for intent in ledger.intents] == [None, "unusable_answer"]
    assert [(score.scorer, score.score) for score in ledger.scores] == [("non_empty", 0.0)]
