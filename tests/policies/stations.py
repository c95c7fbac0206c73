"""A world of deployments with known answers: requests queue, a balancer chooses, stations serve; without a clock."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from policies.balancing import Balancer, Ended, Load

Latency = Callable[[float, int], float]  # from the time of sending, and the number of the request


@dataclass(frozen=True, slots=True)
class Station:
    """One deployment: how many requests it serves at once, what each takes in seconds, and whether each fails."""

    latency_s: Latency
    concurrency: int = 64
    weight: float = 1.0
    fails: Callable[[int], bool] = lambda _: False


@dataclass(frozen=True, slots=True)
class Served:
    """One request as it was served; `number` counts the choices from 0."""

    number: int
    station: str
    began_s: float
    ended_s: float


def serve(
    balancer: Balancer, stations: Mapping[str, Station], *, n_calls: int, at_once: int | None = None
) -> list[Served]:
    """Serve `n_calls` requests, at most `at_once` under way (None: as many as there is room for), in order of sending.

    The request at the head of the queue is offered to the balancer whenever one ends, as the real queue does it.
    """
    under_way: list[tuple[float, int, str, float]] = []  # ends, number, station, began
    in_flight: Counter[str] = Counter()
    served: list[Served] = []
    now_s, number = 0.0, 0
    while number < n_calls or under_way:
        while number < n_calls and (at_once is None or len(under_way) < at_once):
            loads = loads_of(stations, in_flight)
            name = balancer.choose(loads, key=f"call-{number}", now_s=now_s)
            if name is None:
                break
            balancer.took(name, loads)
            in_flight[name] += 1
            ends_s = now_s + stations[name].latency_s(now_s, number)
            heapq.heappush(under_way, (ends_s, number, name, now_s))
            number += 1
        assert under_way, "a balancer that waits for nothing would wait for ever"
        now_s, ended, name, began_s = heapq.heappop(under_way)
        in_flight[name] -= 1
        how: Ended = "failed" if stations[name].fails(ended) else "ok"
        balancer.ended(name, how=how, latency_s=now_s - began_s, now_s=now_s)
        served.append(Served(ended, name, began_s, now_s))
    return sorted(served, key=lambda one: one.number)


def loads_of(stations: Mapping[str, Station], in_flight: Mapping[str, int]) -> list[Load]:
    """The stations as a balancer sees them."""
    return [
        Load(name, station.weight, in_flight[name], is_full=in_flight[name] >= station.concurrency)
        for name, station in stations.items()
    ]


def shares_of(served: Sequence[Served]) -> dict[str, float]:
    """Each station's share of the requests."""
    counts = Counter(one.station for one in served)
    return {name: count / len(served) for name, count in counts.items()}


def optimal_makespan_s(stations: Mapping[str, tuple[int, float]], *, n_calls: int) -> float:
    """The earliest end of `n_calls` equal requests on stations of (slots, seconds each): each takes the slot that is
    done first with it, which is optimal for equal jobs on machines of different speed."""
    slots = [(seconds, seconds) for n_slots, seconds in stations.values() for _ in range(n_slots)]
    heapq.heapify(slots)
    end_s = 0.0
    for _ in range(n_calls):
        end_s, seconds = heapq.heappop(slots)
        heapq.heappush(slots, (end_s + seconds, seconds))
    return end_s
