"""Turns at deployments: balanced, limited, in health; calls go round what is out of service, or wait for it."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from dataclasses import replace
from typing import Literal

import pytest

from policies.types import Candidate, CircuitLimits, Decision, Model
from tasks.accounts import Route
from tasks.attempts import Patience, send_attempt
from tasks.desk import Desk
from tasks.gates import OutOfServiceError
from tasks.history import History
from tasks.models.client import CallError
from tasks.planned import CallResult, PlannedCall
from tasks.sending import settle_call
from tests.fakes.clients import ScriptedClient, failed, rate_limited, refused, timed_out
from tests.fakes.desks import (
    FOUR,
    LARGE,
    SMALL,
    SPARE,
    MemoryLedger,
    catalogue_of,
    decide_for,
    desk_with,
    model_of,
    planned_call,
)

QUICK = CircuitLimits(failure_share=0.5, min_calls=4, open_s=0.15)
LASTING = replace(QUICK, open_s=600.0)  # longer than any test
DOWN = [failed("server_error")] * 200


def soon() -> CallError:
    """A rate limit that is over at once."""
    return rate_limited(retry_after_s=0.01)


def several(weights: tuple[float, ...], *, concurrency: int = 64, **changes: object) -> Model:
    """A model `small` with a deployment for each weight."""
    model = model_of("small", SMALL.price, deployments=len(weights), concurrency=concurrency)
    places = tuple(replace(one, weight=weight) for one, weight in zip(model.deployments, weights, strict=True))
    return replace(model, deployments=places, **{"circuit": QUICK, **changes})  # type: ignore[arg-type]  # as given


def calls_of(n_calls: int, **limits: float | int) -> list[PlannedCall]:
    return [planned_call(item_id=f"item-{n}", **limits) for n in range(n_calls)]  # type: ignore[arg-type]  # as given


def settle_all(calls: list[PlannedCall], desk: Desk) -> list[CallResult]:
    async def settle() -> list[CallResult]:
        return await asyncio.gather(*(settle_call(call, desk, history=History()) for call in calls))

    return asyncio.run(settle())


def counts_of(client: ScriptedClient) -> Counter[str]:
    return Counter(call.deployment.name for call in client.calls)


def test_weights_are_met_also_where_calls_wait_for_room() -> None:
    client = ScriptedClient(delays_s={"small-1": 0.001, "small-2": 0.004})
    settle_all(calls_of(200), desk_with(client, catalogue=catalogue_of(several((3.0, 1.0), concurrency=2))))
    assert counts_of(client) == {"small-1": 150, "small-2": 50}


def test_least_connections_leaves_no_deployment_idle_while_calls_wait() -> None:
    model = several((1.0, 1.0), concurrency=2, balancing="least_connections")
    client = ScriptedClient(delays_s={"small-1": 0.002, "small-2": 0.1})
    settle_all(calls_of(120), desk_with(client, catalogue=catalogue_of(model)))
    assert counts_of(client)["small-1"] > 80


@pytest.mark.parametrize("error", [None, failed("server_error")])
def test_lowest_latency_turns_from_what_is_slow_or_fails(error: CallError | None) -> None:
    model = several((1.0, 1.0), concurrency=8, balancing="lowest_latency")
    model = replace(model, circuit=CircuitLimits(min_calls=1_000))
    delays_s = {"small-1": 0.001, "small-2": 0.002 if error else 0.2}
    client = ScriptedClient(delays_s=delays_s, failures={"small-2": [error] * 300})
    settle_all(calls_of(150, attempts=2), desk_with(client, catalogue=catalogue_of(model)))
    assert counts_of(client)["small-2"] < 40


def test_a_retry_goes_to_another_deployment_at_once_and_the_ledger_tells_which() -> None:
    client, ledger = ScriptedClient(failures={"large-1": [rate_limited(retry_after_s=30)]}), MemoryLedger()
    began_s = time.monotonic()
    (result,) = settle_all([planned_call(model="large", attempts=2)], desk_with(client, ledger=ledger))
    assert (result.model, time.monotonic() - began_s < 20) == ("large", True)
    assert [intent.deployment for intent in ledger.intents] == ["large-1", "large-2"]
    assert [(intent.attempt_no, intent.is_fallback) for intent in ledger.intents] == [(1, False), (2, False)]


def test_a_deployment_whose_key_is_not_set_gets_no_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_SUCH_KEY", raising=False)
    first, second = LARGE.deployments
    model = replace(LARGE, deployments=(replace(first, api_key_env="NO_SUCH_KEY"), second))
    client = ScriptedClient(failures={"large-2": [soon(), None] * 10})
    calls = [planned_call(item_id=f"item-{n}", model="large") for n in range(5)]
    in_turn(desk_with(client, catalogue=catalogue_of(model), order=["large"]), calls)
    assert counts_of(client) == {"large-2": 10}


def test_a_deployment_that_said_when_to_come_back_is_asked_by_no_call_before() -> None:
    client = ScriptedClient(failures={"small-1": [rate_limited(retry_after_s=0.3)]})
    desk, began_s = desk_with(client, catalogue=FOUR), time.monotonic()

    async def one_then_others() -> list[CallResult]:
        first = asyncio.create_task(settle_call(planned_call(), desk, history=History()))
        await asyncio.sleep(0.05)
        others = (settle_call(call, desk, history=History()) for call in calls_of(5))
        return await asyncio.gather(first, *others)

    results = asyncio.run(one_then_others())
    assert {result.model for result in results} == {"small"}  # they waited: it was sure to come back in time
    assert client.count() == 7
    assert time.monotonic() - began_s >= 0.3


def test_a_hold_that_outlasts_the_deadline_sends_later_calls_to_the_fallback_at_once() -> None:
    client, ledger = ScriptedClient(failures={"small-1": [rate_limited(retry_after_s=60)]}), MemoryLedger()
    began_s = time.monotonic()
    results = in_turn(desk_with(client, ledger=ledger), calls_of(3, deadline_s=5))
    assert time.monotonic() - began_s < 30
    assert [result.model for result in results] == ["large"] * 3
    assert counts_of(client)["small-1"] == 1
    causes = [intent.fallback_cause for intent in ledger.intents if intent.is_fallback]
    assert causes == ["rate_limit", "out_of_service", "out_of_service"]


def in_turn(desk: Desk, calls: list[PlannedCall], *, pause_s: float = 0.0) -> list[CallResult]:
    """Settle one call after the other on one loop."""

    async def settle() -> list[CallResult]:
        results = []
        for call in calls:
            results.append(await settle_call(call, desk, history=History()))
            await asyncio.sleep(pause_s)
        return results

    return asyncio.run(settle())


ALONE = catalogue_of(several((1.0,), circuit=LASTING), LARGE, SPARE)
PROBED = catalogue_of(several((1.0,)), LARGE, SPARE)


def test_an_open_circuit_is_not_asked_and_every_fallback_says_so() -> None:
    client, ledger = ScriptedClient(failures={"small-1": DOWN}), MemoryLedger()
    desk = desk_with(client, catalogue=ALONE, ledger=ledger)
    results = in_turn(desk, calls_of(8, attempts=1))
    assert {result.model for result in results} == {"large"}
    assert counts_of(client)["small-1"] == QUICK.min_calls
    fallbacks = [intent for intent in ledger.intents if intent.model == "large"]
    assert [one.fallback_from for one in fallbacks] == ["small"] * 8
    assert [one.fallback_cause for one in fallbacks] == ["server_error"] * 4 + ["out_of_service"] * 4
    assert len(ledger.decisions) == 8
    outage = desk.traffic.outages(ALONE, deadline_at_s=time.monotonic() + 60)["small"]
    assert (
        outage.reason == "the circuit of small-1 is open: 4 of its last 4 attempts failed, the latest by server_error"
    )


@pytest.mark.parametrize("error", [failed("bad_request", is_retryable=False), refused()])
def test_what_a_request_is_to_blame_for_opens_no_circuit(error: CallError) -> None:
    client = ScriptedClient(failures={"small-1": [error] * 30})
    in_turn(desk_with(client, catalogue=ALONE), calls_of(12, attempts=1))
    assert counts_of(client)["small-1"] == 12


@pytest.mark.parametrize("error", [failed(), timed_out(), rate_limited(), failed("authentication", is_retryable=False)])
def test_what_a_deployment_is_to_blame_for_opens_its_circuit(error: CallError) -> None:
    client = ScriptedClient(failures={"small-1": [error] * 30})
    in_turn(desk_with(client, catalogue=ALONE), calls_of(12, attempts=1))
    assert counts_of(client)["small-1"] == QUICK.min_calls


def test_a_probe_that_fails_keeps_the_circuit_open_and_one_that_succeeds_closes_it() -> None:
    client = ScriptedClient(failures={"small-1": DOWN[:5]})
    desk = desk_with(client, catalogue=PROBED)
    in_turn(desk, calls_of(4, attempts=1))
    time.sleep(QUICK.open_s)
    flood = settle_all(calls_of(6, attempts=1), desk)  # one of them is the probe, and fails
    assert (counts_of(client)["small-1"], {one.model for one in flood}) == (5, {"large"})
    time.sleep(QUICK.open_s)
    (probe,) = settle_all(calls_of(1, attempts=1), desk)
    assert (probe.model, counts_of(client)["small-1"]) == ("small", 6)
    again = settle_all(calls_of(6, attempts=1), desk)
    assert ({one.model for one in again}, counts_of(client)["small-1"]) == ({"small"}, 12)


@pytest.mark.parametrize("limits", [{"fallbacks": 0}, {"fallbacks": 2}])
def test_where_only_health_is_in_the_way_calls_wait_for_it(limits: dict[str, int]) -> None:
    alone = catalogue_of(several((1.0,)))
    client, ledger = ScriptedClient(failures={"small-1": DOWN[:4]}), MemoryLedger()
    desk = desk_with(client, catalogue=alone, order=["small"], ledger=ledger)
    in_turn(desk, calls_of(4, attempts=1))
    results = settle_all(calls_of(6, attempts=2, deadline_s=20, **limits), desk)
    assert {result.model for result in results} == {"small"}
    assert counts_of(client)["small-1"] == 4 + 6
    assert not any(intent.is_fallback for intent in ledger.intents)


def test_a_wait_for_health_ends_when_as_many_probes_failed_as_the_call_has_attempts() -> None:
    client = ScriptedClient(failures={"small-1": DOWN})
    desk = desk_with(client, catalogue=catalogue_of(several((1.0,))), order=["small"])
    in_turn(desk, calls_of(4, attempts=1))
    results = settle_all(calls_of(40, attempts=2, max_probes=3, deadline_s=60), desk)
    assert {result.model for result in results} == {None}
    waited = [str(r.error) for r in results if "probes failed while the call waited" in str(r.error)]
    n_probes = counts_of(client)["small-1"] - 4
    assert len(waited) >= 40 - n_probes  # the others made the probes, and were turned away in turn
    assert all(
        "3 probes failed" in error and error.startswith("small: the circuit of small-1 is open") for error in waited
    )
    assert 3 <= n_probes <= 12  # a slow loop starts to wait late; until the deadline there would be a thousand


def test_a_wait_for_health_ends_with_the_deadline_and_that_reason_in_one_line() -> None:
    client = ScriptedClient(failures={"small-1": DOWN})
    desk = desk_with(client, catalogue=catalogue_of(several((1.0,), circuit=LASTING)), order=["small"])
    in_turn(desk, calls_of(4, attempts=1))
    (late,) = settle_all(calls_of(1, attempts=1, deadline_s=5), desk)
    assert late.error == (
        "small: the circuit of small-1 is open: 4 of its last 4 attempts failed, the latest by server_error;"
        " deadline: 5 s do not suffice to wait for it"
    )
    assert client.count() == 4


def test_probes_that_fail_again_and_again_are_waited_for_until_the_deadline() -> None:
    client = ScriptedClient(failures={"small-1": DOWN})
    desk = desk_with(client, catalogue=catalogue_of(several((1.0,))), order=["small"])
    in_turn(desk, calls_of(4, attempts=1))
    results = settle_all(calls_of(5, attempts=3, deadline_s=0.4), desk)
    assert {result.model for result in results} == {None}
    assert all("; deadline: " in str(one.error) or one.error == "small: scripted server_error" for one in results)
    assert any("; deadline: " in str(one.error) for one in results)
    assert 4 < client.count() < 10


EU, US = frozenset({"region:eu"}), frozenset({"region:us"})


def needing(calls: list[PlannedCall], needs: frozenset[str]) -> list[PlannedCall]:
    return [replace(call, request=replace(call.request, needs=needs)) for call in calls]


def placed(model: Model, *skills: frozenset[str], **changes: object) -> Model:
    """A model whose deployments are in different places."""
    pairs = zip(model.deployments, skills, strict=True)
    places = tuple(replace(one, skills=own, **changes) for one, own in pairs)  # type: ignore[arg-type]  # as given
    return replace(model, deployments=places)


def test_a_call_whose_only_deployment_is_out_goes_on_though_the_model_serves_others() -> None:
    client, ledger = ScriptedClient(failures={"small-1": DOWN}), MemoryLedger()
    catalogue = catalogue_of(placed(several((1.0, 1.0), circuit=LASTING), EU, US), placed(LARGE, EU, EU))
    desk = desk_with(client, catalogue=catalogue, ledger=ledger)
    results = in_turn(desk, needing(calls_of(6, attempts=1), EU))
    assert {one.model for one in results} == {"large"}
    assert [one.fallback_cause for one in ledger.intents if one.is_fallback][-2:] == ["out_of_service"] * 2
    assert [one.model for one in in_turn(desk, calls_of(3))] == ["small"] * 3
    assert counts_of(client)["small-1"] == QUICK.min_calls


def test_calls_that_wait_for_one_place_hold_up_none_that_may_go_to_another() -> None:
    model = placed(several((1.0, 1.0), balancing="least_connections"), EU, US, concurrency=1)
    client = ScriptedClient(delays_s={"small-1": 0.4})
    bound = needing([planned_call(item_id=f"eu-{n}") for n in range(3)], EU)
    settle_all([*bound, *needing(calls_of(5), US)], desk_with(client, catalogue=catalogue_of(model)))
    order = [call.deployment.name for call in client.calls]
    assert order == ["small-1", *["small-2"] * 5, "small-1", "small-1"]


def test_a_failure_that_no_wait_helps_is_not_waited_for() -> None:
    keyless = failed("authentication", is_retryable=False)
    client = ScriptedClient(failures={"small-1": [keyless] * 5})
    circuit = replace(QUICK, open_s=1.0)
    desk = desk_with(client, catalogue=catalogue_of(several((1.0,), circuit=circuit)), order=["small"])
    results = in_turn(desk, calls_of(5, deadline_s=30))
    assert results[-1].error == (
        "small: the circuit of small-1 is open: 4 of its last 4 attempts failed, the latest by authentication"
    )
    assert client.count() == 4
    time.sleep(circuit.open_s)
    assert [one.model for one in in_turn(desk, calls_of(1))] == [None]  # the probe
    time.sleep(circuit.open_s)
    assert [one.model for one in in_turn(desk, calls_of(2))] == ["small"] * 2  # the key was set meanwhile


def test_of_two_models_that_are_out_the_one_that_is_back_first_is_waited_for() -> None:
    slow = several((1.0,), circuit=LASTING)
    spare = replace(SPARE, circuit=QUICK)
    catalogue = catalogue_of(slow, spare)
    client = ScriptedClient(failures={"small-1": DOWN, "spare-1": DOWN[:4]})
    desk = desk_with(client, catalogue=catalogue, order=["small", "spare"])
    in_turn(desk, calls_of(4, attempts=1))
    results = settle_all(calls_of(5, deadline_s=60), desk)
    assert {result.model for result in results} == {"spare"}


def test_a_call_that_was_refused_for_health_when_it_was_routed_is_decided_again() -> None:
    client, ledger = ScriptedClient(failures={"small-1": DOWN[:4]}), MemoryLedger()
    desk = desk_with(client, catalogue=catalogue_of(several((1.0,))), order=["small"], ledger=ledger)
    in_turn(desk, calls_of(4, attempts=1))
    out = Candidate("small", eligible=False, reason="unavailable: the circuit of small-1 is open")
    call = planned_call(model=None, refusal="no model may serve", deadline_s=5)
    refused_call = replace(call, decision=replace(call.decision, candidates=(out,)))
    (result,) = settle_all([refused_call], desk)
    assert (result.model, result.error) == ("small", None)
    assert ledger.decisions[-1].model == "small"
    assert (ledger.intents[-1].is_fallback, ledger.intents[-1].decision_id) == (False, ledger.decisions[-1].decision_id)


def test_a_refusal_by_rules_is_not_waited_for() -> None:
    client = ScriptedClient(failures={"small-1": DOWN})
    desk = desk_with(client, catalogue=ALONE, order=["small"])
    in_turn(desk, calls_of(4, attempts=1))
    lacks = Candidate("small", eligible=False, reason="lacks hipaa")
    call = planned_call(model=None, refusal="lacks hipaa", deadline_s=30)
    began_s = time.monotonic()
    (result,) = settle_all([replace(call, decision=replace(call.decision, candidates=(lacks,)))], desk)
    assert (result.error, time.monotonic() - began_s < 20) == ("lacks hipaa", True)


@pytest.mark.parametrize("kind", ["rpm", "tpm", "deployment"])
def test_requests_and_tokens_per_minute_hold_over_all_deployments_and_tasks(
    kind: Literal["rpm", "tpm", "deployment"],
) -> None:
    model = several((1.0, 1.0), rpm=3 if kind == "rpm" else None, tpm=3 * 70 if kind == "tpm" else None)
    if kind == "deployment":
        first, second = model.deployments
        model = replace(
            model, deployments=(replace(first, rpm=1), replace(second, rpm=2)), balancing="least_connections"
        )
    client = ScriptedClient(delay_s=1.0)  # so that none is settled before
    desk = desk_with(client, catalogue=catalogue_of(model))

    async def flood() -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.5):
                await asyncio.gather(*(settle_call(call, desk, history=History()) for call in calls_of(9)))

    asyncio.run(flood())
    assert client.count() == 3


def test_tokens_that_were_not_used_are_given_back() -> None:
    model = several((1.0,), tpm=3 * 70)  # each call is reckoned at 50 in and 20 out, and uses eight
    client = ScriptedClient()
    in_turn(desk_with(client, catalogue=catalogue_of(model)), calls_of(12))
    assert client.count() == 12


@pytest.mark.parametrize("balancing", ["weighted_round_robin", "least_connections", "lowest_latency"])
def test_calls_that_are_cancelled_while_they_wait_or_run_give_back_their_places(balancing: str) -> None:
    client = ScriptedClient(delay_s=0.01)
    desk = desk_with(client, catalogue=catalogue_of(several((1.0, 2.0), concurrency=1, balancing=balancing)))

    async def cancel_some() -> None:
        calls = [asyncio.create_task(settle_call(call, desk, history=History())) for call in calls_of(40)]
        for number in range(0, 40, 3):
            await asyncio.sleep(0.002)
            calls[number].cancel()
        ended = await asyncio.gather(*calls, return_exceptions=True)
        assert sum(isinstance(end, CallResult) and end.error is None for end in ended) >= 26
        async with asyncio.timeout(1):
            await asyncio.gather(*(settle_call(call, desk, history=History()) for call in calls_of(2)))

    asyncio.run(cancel_some())
    assert client.most_in_flight <= 2


def test_a_probe_that_is_cancelled_leaves_the_next_one_free() -> None:
    client = ScriptedClient(failures={"small-1": DOWN[:4]}, delay_s=0.02)
    desk = desk_with(client, catalogue=PROBED)
    in_turn(desk, calls_of(4, attempts=1))

    async def cancel_the_probe() -> CallResult:
        await asyncio.sleep(QUICK.open_s)
        probe = asyncio.create_task(settle_call(planned_call(attempts=1), desk, history=History()))
        await asyncio.sleep(0.01)
        probe.cancel()
        await asyncio.gather(probe, return_exceptions=True)
        return await settle_call(planned_call(item_id="next", attempts=1), desk, history=History())

    assert asyncio.run(cancel_the_probe()).model == "small"


def test_an_attempt_that_cannot_be_made_in_time_leaves_no_trace() -> None:
    client, ledger = ScriptedClient(failures={"small-1": DOWN}), MemoryLedger()
    desk = desk_with(client, catalogue=ALONE, ledger=ledger)
    in_turn(desk, calls_of(4, attempts=1, fallbacks=0))
    before = len(ledger.records)
    with pytest.raises(OutOfServiceError):
        asyncio.run(
            send_attempt(planned_call(), desk, route=Route("small", "d", None), attempt_no=1, patience=Patience())
        )
    assert len(ledger.records) == before


def test_the_router_sees_what_is_out_of_service() -> None:
    seen: list[set[str]] = []
    client = ScriptedClient(failures={"small-1": DOWN, "large-1": DOWN, "large-2": DOWN})
    desk = desk_with(client, catalogue=ALONE)

    def redecide(request: object, unavailable: dict[str, str]) -> Decision:
        seen.append(set(unavailable))
        return decide_for(planned_call().request, next(name for name in ("large", "spare") if name not in unavailable))

    in_turn(replace(desk, redecide=redecide), calls_of(5, attempts=1))  # type: ignore[arg-type]  # a plain dict is given
    assert {"small"} in seen
    assert all("small" in names for names in seen)
