"""Whatever fails, is slow, holds off or is cancelled: every call ends, and no place, probe or record is left behind."""

from __future__ import annotations

import asyncio
import math
import random
from dataclasses import replace
from typing import get_args

import pytest

from policies.types import Balancing, CircuitLimits, Model
from tasks.clock import clock_s
from tasks.desk import Desk
from tasks.gates import Gate
from tasks.history import History
from tasks.identifiers import decision_id_of
from tasks.planned import CallResult, PlannedCall
from tasks.seats import Bid
from tasks.sending import settle_call
from tests.fakes.clients import ScriptedClient, failed, rate_limited, refused, timed_out
from tests.fakes.desks import SMALL, MemoryLedger, catalogue_of, desk_with, model_of, planned_call

N_CALLS, N_CANCELLED = 60, 4


def model_by(chance: random.Random, name: str) -> Model:
    """A model of a few narrow deployments, any balancing, and a circuit that opens soon."""
    model = model_of(name, SMALL.price, deployments=chance.randint(1, 3), concurrency=chance.randint(1, 4))
    places = tuple(replace(one, weight=chance.choice([1.0, 3.0])) for one in model.deployments)
    circuit = CircuitLimits(min_calls=chance.randint(2, 6), open_s=chance.choice([0.03, 0.1]))
    balancing = chance.choice(get_args(Balancing))
    return replace(model, deployments=places, circuit=circuit, balancing=balancing, rpm=chance.choice([None, 10_000]))


def client_by(chance: random.Random, *models: Model) -> ScriptedClient:
    """Deployments that fail now and then, or mostly, in every way."""
    lasting = failed("permission", is_retryable=False)
    errors = [failed(), rate_limited(0.05), rate_limited(), timed_out(), lasting, refused()]
    names = [one.name for model in models for one in model.deployments]
    kinds = [*[None] * chance.choice([1, 8, 30]), *errors]
    return ScriptedClient(
        failures={name: [chance.choice(kinds) for _ in range(300)] for name in names},
        delays_s={name: chance.choice([0.0, 0.003, 0.02]) for name in names},
    )


@pytest.mark.parametrize("seed", range(6))
def test_every_call_ends_and_leaves_nothing_behind(seed: int) -> None:
    chance = random.Random(seed)
    models = [model_by(chance, name) for name in ("small", "large", "spare")]
    client, ledger = client_by(chance, *models), MemoryLedger()
    desk = desk_with(client, catalogue=catalogue_of(*models), ledger=ledger)
    calls = [
        planned_call(item_id=f"item-{n}", attempts=chance.randint(1, 3), fallbacks=chance.randint(0, 2), deadline_s=0.4)
        for n in range(N_CALLS)
    ]

    async def settle_all() -> list[CallResult | BaseException]:
        settling = [asyncio.create_task(settle_call(call, desk, history=History())) for call in calls]
        for task in chance.sample(settling, N_CANCELLED):
            await asyncio.sleep(0.002)
            task.cancel()
        async with asyncio.timeout(10):
            return await asyncio.gather(*settling, return_exceptions=True)

    ended = asyncio.run(settle_all())
    assert sum(isinstance(end, CallResult) for end in ended) >= N_CALLS - N_CANCELLED
    assert all(isinstance(end, CallResult | asyncio.CancelledError) for end in ended)
    assert len(ledger.outcomes) >= len(ledger.intents) - N_CANCELLED
    recorded = {decision.decision_id for decision in ledger.decisions}
    for intent in ledger.intents:
        assert intent.decision_id in {*recorded, decision_id_of(intent.call_id, 0)}
        assert intent.is_fallback == (intent.fallback_from is not None) == (intent.fallback_cause is not None)
    refused_keys = {one.intent.model for one in ledger.outcomes if one.error_type == "permission"}  # not soon back
    well = [model for model in models if model.name not in refused_keys]
    later = [planned_call(model=model.name, item_id=f"{model.name}-{n}") for model in well for n in range(20)]
    results = asyncio.run(settle_in_health(later, replace(desk, client=ScriptedClient())))
    assert [one.model for one in results] == [call.decision.model for call in later]


async def settle_in_health(calls: list[PlannedCall], desk: Desk) -> list[CallResult]:
    """Settle calls with the same gates once every circuit may be probed and nothing fails any more."""
    models = dict.fromkeys(call.decision.model for call in calls)
    async with asyncio.timeout(20):  # a circuit that opened again and again is held for longer
        for model in models:
            n_well = 0
            while n_well < 3:  # the probes, on every deployment
                probe = planned_call(model=model, item_id=f"probe-{model}-{n_well}")
                n_well = n_well + 1 if (await settle_call(probe, desk, history=History())).model == model else 0
                await asyncio.sleep(0.0 if n_well else 0.05)
    return await asyncio.gather(*(settle_call(call, desk, history=History()) for call in calls))


def test_a_place_that_was_granted_to_a_call_that_is_cancelled_in_the_same_moment_is_given_on() -> None:
    model = model_of("small", SMALL.price, concurrency=1)
    bids = [Bid(str(n), frozenset({"small-1"}), tokens=1, deadline_at_s=math.inf) for n in range(3)]

    async def cancel_the_second() -> str:
        gate = Gate(model, clock_s=clock_s)
        first, second = await gate.enter(bids[0]), asyncio.create_task(gate.enter(bids[1]))
        await asyncio.sleep(0)
        gate.leave(first)
        second.cancel()
        await asyncio.gather(second, return_exceptions=True)
        async with asyncio.timeout(10):
            return (await gate.enter(bids[2])).seat.deployment.name

    assert asyncio.run(cancel_the_second()) == "small-1"
