"""Balancing against worlds whose right answer is known: shares, makespans, and what a slow deployment loses."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.balancing import Balancer, LeastConnections, Load, WeightedRoundRobin
from policies.draws import draw_uniform
from policies.latency_balancing import LowestLatency, balancer_of
from tests.policies.stations import Served, Station, optimal_makespan_s, serve, shares_of


def steady(latency_s: float, *, concurrency: int = 64, weight: float = 1.0) -> Station:
    return Station(lambda _, __: latency_s, concurrency, weight)


def noisy(seed: int, number: int, *, sigma: float) -> float:
    """A log-normal factor of mean 1."""
    u, v = (draw_uniform(seed, str(number), purpose=name) for name in ("u", "v"))
    normal = math.sqrt(-2 * math.log(1 - u)) * math.cos(2 * math.pi * v)
    return math.exp(sigma * normal - sigma**2 / 2)


def choose_all(balancer: Balancer, loads: Sequence[Load], *, n_calls: int) -> list[str]:
    """The choices of requests that come one after the other, each ended before the next."""
    chosen = []
    for number in range(n_calls):
        name = balancer.choose(loads, key=str(number), now_s=float(number))
        assert name is not None
        balancer.took(name, loads)
        balancer.ended(name, how="ok", latency_s=1.0, now_s=float(number))
        chosen.append(name)
    return chosen


def test_weighted_round_robin_interleaves_as_nginx_does() -> None:
    loads = [Load("a", 5), Load("b", 1), Load("c", 1)]
    assert "".join(choose_all(WeightedRoundRobin(), loads, n_calls=14)) == "aabacaa" * 2


@given(weights=st.lists(st.floats(0.01, 100.0), min_size=1, max_size=12), n_calls=st.integers(1, 400))
@settings(deadline=None, max_examples=80)
def test_weights_are_met_within_one_percent(weights: list[float], n_calls: int) -> None:
    loads = [Load(str(n), weight) for n, weight in enumerate(weights)]
    chosen = choose_all(WeightedRoundRobin(), loads, n_calls=n_calls)
    for load in loads:
        expected = n_calls * load.weight / sum(weights)
        assert abs(chosen.count(load.name) - expected) <= max(0.01 * n_calls, len(loads))


@pytest.mark.parametrize("weights", [(7.0, 2.0, 1.0), (1.0, 1.0), (0.5, 0.3, 0.2), (100.0, 1.0)])
@pytest.mark.parametrize("speeds", [(1.0, 1.0, 1.0), (0.2, 3.0, 1.0)])
def test_weights_are_met_whatever_the_deployments_can_do(weights: Sequence[float], speeds: Sequence[float]) -> None:
    worlds = {
        str(n): steady(s, concurrency=n + 2, weight=w) for n, (w, s) in enumerate(zip(weights, speeds, strict=False))
    }
    shares = shares_of(serve(WeightedRoundRobin(), worlds, n_calls=2_000))
    for name, station in worlds.items():
        assert shares[name] == pytest.approx(station.weight / sum(weights), abs=0.01)


def test_a_deployment_that_was_away_neither_catches_up_nor_starves() -> None:
    balancer, both = WeightedRoundRobin(), [Load("a"), Load("b")]
    choose_all(balancer, both, n_calls=11)
    assert set(choose_all(balancer, both[:1], n_calls=500)) == {"a"}
    assert choose_all(balancer, both, n_calls=10).count("b") == 5


HETEROGENEOUS = {
    "speeds": {"a": (4, 1.0), "b": (4, 2.0), "c": (4, 5.0)},
    "sizes": {"a": (1, 1.0), "b": (8, 1.0), "c": (32, 1.0)},
    "both": {"a": (6, 0.1), "b": (2, 0.4), "c": (5, 1.1), "d": (1, 1.5)},
    "one is very slow": {"a": (4, 0.1), "b": (2, 4.0)},
    "alone": {"a": (3, 0.7)},
}


@pytest.mark.parametrize("name", HETEROGENEOUS)
def test_least_connections_ends_within_five_percent_of_the_optimum(name: str) -> None:
    stations = HETEROGENEOUS[name]
    world = {one: steady(seconds, concurrency=slots) for one, (slots, seconds) in stations.items()}
    n_calls = long_enough(stations)
    makespan_s = max(one.ended_s for one in serve(LeastConnections(), world, n_calls=n_calls))
    assert makespan_s <= 1.05 * optimal_makespan_s(stations, n_calls=n_calls)


def long_enough(stations: Mapping[str, tuple[int, float]]) -> int:
    """As many requests as keep all slots busy for 30 times the longest one.

    The very last may be sent to the slowest, which no balancer can know that does not know how many are to come.
    """
    horizon_s = 30 * max(seconds for _, seconds in stations.values())
    return sum(int(slots * horizon_s / seconds) for slots, seconds in stations.values())


def test_least_connections_sends_to_the_least_busy_for_its_weight() -> None:
    balancer = LeastConnections()
    loads = [Load("a", 1.0, in_flight=3), Load("b", 4.0, in_flight=8), Load("c", 9.0, in_flight=9, is_full=True)]
    assert balancer.choose(loads, key="k", now_s=0.0) == "b"
    assert balancer.choose(loads[2:], key="k", now_s=0.0) is None


def test_least_connections_takes_turns_where_all_are_idle() -> None:
    shares = choose_all(LeastConnections(), [Load("a", 3), Load("b", 1)], n_calls=400)
    assert shares.count("a") == 300


def slowing(*, base_s: float, sigma: float, seed: int, factor: float, at_s: float) -> Station:
    """A deployment whose answers take `factor` as long from some time on."""

    def latency_s(now_s: float, number: int) -> float:
        usual_s = base_s * noisy(seed, number, sigma=sigma)
        return usual_s * (factor if now_s >= at_s else 1.0)

    return Station(latency_s)


@pytest.mark.parametrize(
    ("n_stations", "at_once", "base_s", "sigma"),
    [
        (2, 1, 1.0, 0.0),
        (2, 30, 20.0, 0.8),
        (3, 1, 0.02, 0.5),
        (3, 7, 1.0, 0.3),
        (4, 30, 1.0, 0.0),
        (6, 7, 20.0, 0.8),
        (10, 2, 1.0, 1.0),
    ],
)
def test_a_deployment_that_slows_down_tenfold_loses_four_fifths_of_its_traffic_within_twenty_answers(
    n_stations: int, at_once: int, base_s: float, sigma: float
) -> None:
    at_s = base_s * (300 if at_once == 1 else 60)
    world = {
        str(n): slowing(base_s=base_s, sigma=sigma, seed=n, factor=1.0 if n else 10.0, at_s=at_s)
        for n in range(n_stations)
    }
    n_calls = 900 if at_once == 1 else 220 * at_once
    served = serve(LowestLatency(), world, n_calls=n_calls, at_once=at_once)
    before, after = around_the_slowdown(served, slow="0", at_s=at_s)
    assert 0.5 / n_stations < shares_of(before)["0"] < 1.6 / n_stations
    assert len(after) > 50
    assert shares_of(after).get("0", 0.0) <= 0.2 * shares_of(before)["0"]


def around_the_slowdown(served: Sequence[Served], *, slow: str, at_s: float) -> tuple[list[Served], list[Served]]:
    """What was sent before a station slowed down, and after it gave its twentieth slow answer, if ever."""
    slowed = sorted(one.ended_s for one in served if one.station == slow and one.began_s >= at_s)
    learned_s = slowed[19] if len(slowed) > 19 else at_s
    return [one for one in served if one.began_s < at_s], [one for one in served if one.began_s > learned_s]


def test_a_deployment_that_is_quick_again_gets_its_traffic_back() -> None:
    def latency_s(now_s: float, number: int) -> float:
        return 10.0 if 50 <= now_s < 100 else 1.0

    served = serve(LowestLatency(), {"a": Station(latency_s), "b": steady(1.0)}, n_calls=3_600, at_once=8)
    while_slow = shares_of([one for one in served if 60 <= one.began_s < 100])
    later = shares_of([one for one in served if one.began_s >= 300])
    assert while_slow["a"] < 0.1
    assert later["a"] == pytest.approx(0.5, abs=0.05)


def test_failures_that_come_quickly_do_not_look_quick() -> None:
    broken = Station(lambda _, __: 0.01, fails=lambda _: True)
    served = serve(LowestLatency(), {"bad": broken, "good": steady(1.0)}, n_calls=400, at_once=4)
    assert shares_of(served).get("bad", 0.0) < 0.1


@pytest.mark.parametrize("failing_share", [0.3, 0.6])
def test_of_two_equally_quick_the_one_that_fails_more_gets_less(failing_share: float) -> None:
    def fails(number: int) -> bool:
        return draw_uniform(1, str(number), purpose="fails") < failing_share

    stations = {"bad": Station(lambda _, __: 1.0, fails=fails), "good": steady(1.0)}
    shares = shares_of(serve(LowestLatency(), stations, n_calls=2_000, at_once=10))
    assert shares["bad"] < 0.5 * (1 - failing_share / 2)


def test_a_quicker_deployment_gets_more_and_a_new_one_is_tried() -> None:
    balancer = LowestLatency()
    shares = shares_of(serve(balancer, {"a": steady(1.0), "b": steady(0.25)}, n_calls=1_000, at_once=20))
    assert shares["b"] > 0.75
    newcomer = [Load("a", in_flight=1), Load("b", in_flight=1), Load("c")]
    keys = [str(n) for n in range(100)]
    assert "c" in {balancer.choose(newcomer, key=key, now_s=1e6) for key in keys}


def test_what_is_forgotten_is_tried_as_new() -> None:
    balancer, both = LowestLatency(), [Load("a", in_flight=1), Load("b", in_flight=1)]
    balancer.ended("a", how="ok", latency_s=100.0, now_s=0.0)
    balancer.ended("b", how="ok", latency_s=1.0, now_s=0.0)
    assert balancer.choose(both, key="k", now_s=1.0) == "b"
    balancer.forget("a")
    assert balancer.choose([Load("a"), Load("b", in_flight=1)], key="k", now_s=1.0) == "a"


def test_a_request_waits_for_a_full_deployment_that_is_quicker_still() -> None:
    balancer = LowestLatency()
    balancer.ended("slow", how="ok", latency_s=10.0, now_s=0.0)
    balancer.ended("quick", how="ok", latency_s=1.0, now_s=0.0)
    busy = [Load("slow", in_flight=1), Load("quick", in_flight=2, is_full=True)]
    assert balancer.choose(busy, key="k", now_s=0.0) is None
    backlog = [Load("slow", in_flight=1), Load("quick", in_flight=64, is_full=True)]
    assert balancer.choose(backlog, key="k", now_s=0.0) == "slow"


KINDS = ("weighted_round_robin", "least_connections", "lowest_latency")


@pytest.mark.parametrize("kind", KINDS)
def test_a_full_deployment_is_never_chosen_and_a_lone_one_always(kind: str) -> None:
    balancer = balancer_of(kind)  # type: ignore[arg-type]  # pytest's parameters are plain strings
    assert balancer.choose([], key="k", now_s=0.0) is None
    assert balancer.choose([Load("a", is_full=True)], key="k", now_s=0.0) is None
    assert balancer.choose([Load("a", 0.001, in_flight=9)], key="k", now_s=0.0) == "a"


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_requests_are_spread_alike_each_time(kind: str) -> None:
    world: Mapping[str, Station] = {"a": steady(1.0, concurrency=3), "b": steady(2.0, concurrency=3), "c": steady(0.3)}
    first, again = (serve(balancer_of(kind), world, n_calls=300) for _ in range(2))  # type: ignore[arg-type]  # as above
    assert first == again


@pytest.mark.parametrize("kind", KINDS)
@given(slots=st.lists(st.tuples(st.integers(1, 5), st.floats(0.01, 5.0)), min_size=1, max_size=5))
@settings(deadline=None, max_examples=25)
def test_every_request_is_served_once_and_never_beyond_the_slots(kind: str, slots: list[tuple[int, float]]) -> None:
    world = {str(n): steady(seconds, concurrency=count) for n, (count, seconds) in enumerate(slots)}
    served = serve(balancer_of(kind), world, n_calls=60)  # type: ignore[arg-type]  # as above
    assert [one.number for one in served] == list(range(60))
    for name, station in world.items():
        own = [one for one in served if one.station == name]
        for moment in itertools.chain.from_iterable((one.began_s, one.ended_s) for one in own):
            assert sum(one.began_s <= moment < one.ended_s for one in own) <= station.concurrency
