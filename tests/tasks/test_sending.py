"""One call: retries, fallbacks, deadline, and what a resumed call does not send again."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import partial

import pytest

from policies.errors import WorkFailedError
from policies.types import Candidate, Decision, Request
from tasks.accounts import Ending, Route, intent_of, outcome_of
from tasks.attempts import BudgetExhaustedError
from tasks.budget import Budget
from tasks.desk import Desk
from tasks.history import History, PastAttempt
from tasks.identifiers import decision_id_of
from tasks.models.client import CallError, Completion
from tasks.planned import CallResult, PlannedCall
from tasks.sending import settle_call
from tasks.texts import StoreText, text_keeper
from tests.fakes.clients import ScriptedClient, failed, rate_limited, refused, timed_out
from tests.fakes.desks import FOUR, MemoryJournal, MemoryLedger, decide_for, desk_with, planned_call, record_of

SCHEMA = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}


def soon() -> CallError:
    """A rate limit that is over at once."""
    return rate_limited(retry_after_s=0.01)


def settle(call: PlannedCall, desk: Desk, *, history: History | None = None) -> CallResult:
    return asyncio.run(settle_call(call, desk, history=history or History()))


def models_of(client: ScriptedClient) -> list[str]:
    return [call.deployment.name.partition("-")[0] for call in client.calls]


def test_an_answer_is_the_result() -> None:
    result = settle(planned_call(), desk_with(ScriptedClient(answer=lambda _: " two ends \n")))
    assert (result.model, result.output, result.error) == ("small", "two ends", None)
    assert result.call_id == planned_call().request.call_id


def test_a_retryable_error_is_tried_again_up_to_the_allowance() -> None:
    client, ledger = ScriptedClient(failures={"small-1": [soon()] * 9}), MemoryLedger()
    result = settle(planned_call(attempts=3, fallbacks=0), desk_with(client, ledger=ledger))
    assert client.count() == 3
    assert [intent.attempt_no for intent in ledger.intents] == [1, 2, 3]
    assert len(ledger.outcomes) == 3
    assert result == CallResult(result.call_id, "item-1", None, None, "small: scripted rate limit")


def test_a_retry_that_succeeds_ends_the_call() -> None:
    client, ledger = ScriptedClient(failures={"small-1": [soon(), soon()]}), MemoryLedger()
    result = settle(planned_call(attempts=3), desk_with(client, ledger=ledger))
    assert (result.model, result.error) == ("small", None)
    assert [outcome.status for outcome in ledger.outcomes] == ["rate_limited", "rate_limited", "ok"]
    assert ledger.decisions == []


def test_retry_after_is_obeyed() -> None:
    client = ScriptedClient(failures={"small-1": [rate_limited(retry_after_s=0.3)]})
    began_s = time.monotonic()
    settle(planned_call(), desk_with(client))
    assert time.monotonic() - began_s >= 0.3


def test_a_wait_that_the_deadline_forbids_is_not_begun() -> None:
    client = ScriptedClient(failures={"small-1": [rate_limited(retry_after_s=3_600)]})
    began_s = time.monotonic()
    result = settle(planned_call(deadline_s=5), desk_with(client))
    assert time.monotonic() - began_s < 30
    assert models_of(client) == ["small", "large"]
    assert result.model == "large"


def test_no_fallback_begins_after_the_deadline() -> None:
    client = ScriptedClient(failures={"small-1": [soon()] * 9}, delay_s=0.03)
    result = settle(planned_call(attempts=1, deadline_s=0.02), desk_with(client))
    assert models_of(client) == ["small"]
    assert result.error == "small: scripted rate limit; deadline: 0.02 s are over"


def test_retries_and_fallbacks_share_one_deadline() -> None:
    failures = {name: [soon()] * 200 for name in ("small-1", "large-1", "large-2", "spare-1")}
    client = ScriptedClient(failures=failures, delay_s=0.05)
    began_s = time.monotonic()
    result = settle(planned_call(attempts=10, deadline_s=0.4), desk_with(client))
    assert time.monotonic() - began_s < 0.4 + 0.4  # the last attempt may end after the deadline
    assert result.error is not None


@pytest.mark.parametrize("error", [failed("bad_request", is_retryable=False), refused()])
def test_an_error_that_no_retry_helps_goes_to_the_fallback_at_once(error: CallError) -> None:
    client, ledger = ScriptedClient(failures={"small-1": [error]}), MemoryLedger()
    result = settle(planned_call(attempts=3), desk_with(client, ledger=ledger))
    assert models_of(client) == ["small", "large"]
    assert (result.model, result.error) == ("large", None)
    second = ledger.intents[1]
    assert (second.is_fallback, second.fallback_from, second.attempt_no) == (True, "small", 1)


def test_each_fallback_is_a_decision_of_its_own() -> None:
    error = failed("bad_request", is_retryable=False)
    client = ScriptedClient(failures={name: [error] for name in ("small-1", "large-1", "large-2")})
    ledger, call = MemoryLedger(), planned_call()
    result = settle(call, desk_with(client, ledger=ledger))
    assert result.model == "spare"
    expected = [decision_id_of(call.request.call_id, number) for number in (0, 1, 2)]
    assert [decision.decision_id for decision in ledger.decisions] == expected[1:]
    assert [decision.model for decision in ledger.decisions] == ["large", "spare"]
    assert [intent.decision_id for intent in ledger.intents] == expected
    assert [intent.fallback_from for intent in ledger.intents] == [None, "small", "large"]
    assert [intent.is_fallback for intent in ledger.intents] == [False, True, True]


def test_a_fallbacks_decision_is_durable_before_the_fallback_is_sent() -> None:
    error = failed("bad_request", is_retryable=False)
    ledger = MemoryLedger()
    settle(planned_call(), desk_with(ScriptedClient(failures={"small-1": [error]}), ledger=ledger))
    kinds = [type(record).__name__ for record in ledger.records]
    assert kinds == ["Intent", "Outcome", "DecisionMade", "Intent", "Outcome"]


def test_the_result_of_a_failed_call_names_every_model_and_its_error() -> None:
    client = ScriptedClient(
        failures={
            "small-1": [failed("bad_request", is_retryable=False)],
            "large-1": [refused()],
            "large-2": [refused()],
            "spare-1": [failed("not_found", is_retryable=False)],
        }
    )
    result = settle(planned_call(fallbacks=2), desk_with(client))
    assert result.error == "small: scripted bad_request; large: scripted refusal; spare: scripted not_found"
    assert (result.model, result.output) == (None, None)


def test_no_more_fallbacks_than_the_step_allows() -> None:
    error = failed("bad_request", is_retryable=False)
    client = ScriptedClient(failures={name: [error] * 3 for name in ("small-1", "large-1", "large-2", "spare-1")})
    settle(planned_call(fallbacks=1), desk_with(client))
    assert models_of(client) == ["small", "large"]


def test_a_router_without_another_model_ends_the_call_with_the_decision_on_record() -> None:
    client, ledger = ScriptedClient(failures={"small-1": [refused()]}), MemoryLedger()
    result = settle(planned_call(), desk_with(client, ledger=ledger, order=["small"]))
    assert result.error == "small: scripted refusal"
    assert [decision.model for decision in ledger.decisions] == [None]
    assert ledger.decisions[0].refusal == "every model is out of service"


def test_a_call_that_nothing_may_serve_is_not_sent() -> None:
    client = ScriptedClient()
    result = settle(planned_call(model=None, refusal="lacks hipaa"), desk_with(client))
    assert (client.calls, result.error) == ([], "lacks hipaa")


@pytest.mark.parametrize(
    ("answer", "schema", "reason"),
    [
        ("  ", None, "the answer is empty"),
        ("not json", SCHEMA, "the answer is not JSON"),
        ('{"n": NaN}', SCHEMA, "the answer is not JSON"),
        ('{"n": "two"}', SCHEMA, "does not fit the schema: $.n"),
        ("{}", SCHEMA, "does not fit the schema"),
    ],
)
def test_an_answer_of_no_use_goes_to_the_fallback_without_a_retry(
    answer: str, schema: dict[str, object] | None, reason: str
) -> None:
    client, ledger = ScriptedClient(answer=lambda _: answer), MemoryLedger()
    result = settle(planned_call(fallbacks=1, schema=schema), desk_with(client, ledger=ledger))
    assert models_of(client) == ["small", "large"]
    assert result.error is not None
    assert result.error.count(reason) == 2
    assert [outcome.status for outcome in ledger.outcomes] == ["ok", "ok"]
    assert all(outcome.cost_usd for outcome in ledger.outcomes)


def test_an_answer_that_fits_the_schema_is_a_value() -> None:
    result = settle(planned_call(schema=SCHEMA), desk_with(ScriptedClient(answer=lambda _: ' {"n": 2} ')))
    assert result.output == {"n": 2}


def past_attempt(
    call: PlannedCall, ending: Ending | None, *, model: str = "small", number: int = 0, attempt_no: int = 1
) -> PastAttempt:
    """An attempt that an earlier process made."""
    desk = desk_with(ScriptedClient())
    route = Route(model, decision_id_of(call.request.call_id, number), None)
    chosen = FOUR[model]
    intent = intent_of(
        call, desk, route=route, deployment=chosen.deployments[0], attempt_no=attempt_no, reserved=Decimal("0.001")
    )
    outcome = None if ending is None else outcome_of(intent, ending, model=chosen, desk=desk, seconds=(0.0, 0.1))
    return PastAttempt(intent, outcome)


def ended_ok(text: str) -> Ending:
    return Ending("ok", Completion(text, 3, 2, 0, None, "stop"), None)


def ended_with(error: CallError) -> Ending:
    return Ending(error.status, error.completion, error)


def test_what_was_answered_before_a_crash_is_not_sent_again() -> None:
    call, client, ledger = planned_call(), ScriptedClient(), MemoryLedger()
    history = History((past_attempt(call, ended_ok("two ends")),))
    result = settle(call, desk_with(client, ledger=ledger), history=history)
    assert (result.model, result.output) == ("small", "two ends")
    assert (client.calls, ledger.records) == ([], [])


def test_what_a_fallback_answered_before_a_crash_is_not_sent_again() -> None:
    call, client = planned_call(attempts=1), ScriptedClient()
    history = History(
        (
            past_attempt(call, ended_with(timed_out())),
            past_attempt(call, ended_ok("from large"), model="large", number=1),
        )
    )
    result = settle(call, desk_with(client), history=history)
    assert (result.model, result.output) == ("large", "from large")
    assert client.calls == []


def test_an_answer_of_no_use_from_before_a_crash_is_not_bought_again() -> None:
    call, client = planned_call(schema=SCHEMA), ScriptedClient(answer=lambda _: '{"n": 1}')
    history = History((past_attempt(call, ended_ok("not json")),))
    result = settle(call, desk_with(client), history=history)
    assert models_of(client) == ["large"]
    assert result.output == {"n": 1}


@pytest.mark.parametrize("endings", [[None], [None, None], [ended_with(timed_out()), None]])
def test_attempts_before_a_crash_count_against_the_allowance(endings: Sequence[Ending | None]) -> None:
    call, ledger = planned_call(attempts=3, fallbacks=0), MemoryLedger()
    client = ScriptedClient(failures={"small-1": [soon()] * 9})
    history = History(tuple(past_attempt(call, e, attempt_no=n) for n, e in enumerate(endings, 1)))
    settle(call, desk_with(client, ledger=ledger), history=history)
    assert client.count() == 3 - len(endings)
    assert [intent.attempt_no for intent in ledger.intents] == list(range(len(endings) + 1, 4))


def test_a_spent_allowance_goes_to_the_fallback_and_says_so() -> None:
    call, client = planned_call(attempts=2), ScriptedClient(answer=lambda _: "")
    history = History(tuple(past_attempt(call, None, attempt_no=n) for n in (1, 2)))
    result = settle(call, desk_with(client, order=["small", "large"]), history=history)
    assert models_of(client) == ["large"]
    assert result.error == (
        "small: all 2 attempts are spent; the last did not end before its process did; large: the answer is empty"
    )


def test_a_resumed_call_tries_a_failed_model_again_within_its_allowance() -> None:
    call, client = planned_call(attempts=3), ScriptedClient()
    history = History((past_attempt(call, ended_with(failed("authentication", is_retryable=False))),))
    result = settle(call, desk_with(client), history=history)
    assert models_of(client) == ["small"]  # its key may have been set meanwhile
    assert result.model == "small"


def test_a_resumed_call_goes_on_with_the_model_that_it_had_fallen_back_to() -> None:
    call, client, ledger = planned_call(attempts=3), ScriptedClient(), MemoryLedger()
    history = History(
        (past_attempt(call, ended_with(refused())), past_attempt(call, None, model="large", number=1)),
    )
    result = settle(call, desk_with(client, ledger=ledger), history=history)
    assert models_of(client) == ["large"]
    assert (result.model, ledger.intents[0].attempt_no) == ("large", 2)


def test_a_budget_that_is_spent_stops_the_call_without_a_result() -> None:
    client, ledger = ScriptedClient(), MemoryLedger()
    with pytest.raises(BudgetExhaustedError):
        settle(planned_call(), desk_with(client, ledger=ledger, budget=Budget(Decimal("0.000001"))))
    assert (client.calls, ledger.records) == ([], [])


def test_a_model_that_no_longer_fits_the_money_gives_way_to_one_that_does() -> None:
    client, ledger = ScriptedClient(), MemoryLedger()
    desk = desk_with(client, ledger=ledger, budget=Budget(Decimal("0.0004")), order=("large", "small"))
    result = settle(planned_call(model="large"), desk)
    assert (models_of(client), result.model, result.error) == (["small"], "small", None)
    assert [intent.fallback_cause for intent in ledger.intents] == ["too_dear"]
    assert desk.budget.remaining_usd is not None
    assert 0 <= desk.budget.remaining_usd < Decimal("0.0004")


def test_a_call_that_may_not_fall_back_stops_where_its_model_does_not_fit_the_money() -> None:
    client, ledger = ScriptedClient(), MemoryLedger()
    desk = desk_with(client, ledger=ledger, budget=Budget(Decimal("0.0004")), order=("large", "small"))
    with pytest.raises(BudgetExhaustedError, match="large may cost"):
        settle(planned_call(model="large", fallbacks=0), desk)
    assert (client.calls, ledger.records) == ([], [])


def test_a_disk_that_is_full_stops_the_call() -> None:
    client = ScriptedClient()
    with pytest.raises(WorkFailedError, match="disk is full"):
        settle(planned_call(), desk_with(client, ledger=MemoryLedger(is_full=True)))
    assert client.calls == []


def test_the_journal_keeps_the_whole_answer_and_the_ledger_what_it_may() -> None:
    ledger, journal = MemoryLedger(), MemoryJournal()
    desk = replace(
        desk_with(ScriptedClient(answer=lambda _: "an answer"), ledger=ledger, journal=journal),
        keep_text=text_keeper("none"),
    )
    settle(planned_call(), desk)
    assert [outcome.response_text for outcome in ledger.outcomes] == [None]
    assert ledger.intents[0].prompt_text is None
    assert [getattr(record, "response_text", "-") for record in journal.records] == ["-", "an answer"]


@pytest.mark.parametrize(("store_text", "is_told"), [("full", True), ("hash", False), ("none", False)])
def test_what_a_provider_says_is_in_the_ledger_only_where_texts_are(store_text: StoreText, is_told: bool) -> None:
    said = "can't take 'What is a deque?' of sk-" + "proj-abcdefgh1234"
    error = CallError(said, status="error", error_type="bad_request", is_retryable=False)
    ledger = MemoryLedger()
    desk = replace(
        desk_with(ScriptedClient(failures={"small-1": [error]}), ledger=ledger),
        redecide=redecide_with_reasons,
        record_decision=partial(record_of, keep_text=text_keeper(store_text)),
        keep_text=text_keeper(store_text),
    )
    assert settle(planned_call(), desk).model == "large"
    told = str(ledger.records)
    assert "abcdefgh1234" not in told
    assert ("What is a deque?" in told) == is_told
    assert ledger.decisions[-1].candidates[0].reason.startswith("can't take" if is_told else "failed: bad_request")


def redecide_with_reasons(request: Request, unavailable: Mapping[str, str]) -> Decision:
    """A router that says why each model is out, as the real ones do."""
    out = tuple(Candidate(name, eligible=False, reason=reason) for name, reason in unavailable.items())
    return replace(decide_for(request, "large"), candidates=out)
