"""How long a run will probably take: its chunks gone through on paper, with each model's slots and rate limits.

Chunks go through the steps as in a run: so many under way at once, each step after the one before, all of a step's
calls asked together. A model answers as many calls at once as its deployments have slots, and begins no more in a
minute than its limits of requests and tokens allow. Work is taken as fluid: k calls of l seconds on s slots keep these
busy for k · l / s seconds; a chunk's own calls come in whole waves. Calls last as long as their mean. What takes no
model is not counted: searches, checks, writing; nor are retries and fallbacks.
"""

from __future__ import annotations

import heapq
import math
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from policies.types import Catalogue, Model

MINUTE_S = 60.0
# So many chunks are gone through; of more, each takes as long as those of the second half did.
MOST_CHUNKS = 2_000
ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Load:
    """The calls that a model is to answer in one stage: how many in all, mean seconds, mean tokens in and out."""

    model: str
    n_calls: float
    latency_s: float
    tokens: float


Stages: TypeAlias = Sequence[Sequence[Load]]  # one after the other: steps, and within a cascade its models


@dataclass(frozen=True, slots=True)
class RunTime:
    """The expected seconds of a run, and in words what makes most of them."""

    seconds: float
    bottleneck: str


@dataclass(slots=True)
class Window:
    """A limit of so many in any minute, by a log of when how much was begun, the earliest first."""

    limit: float
    log: deque[tuple[float, float]] = field(default_factory=deque)
    taken: float = 0.0

    def take(self, amount: float, *, now_s: float) -> float:
        """When the last of an amount may begin, each part as soon as there is room for it."""
        at_s, left = max(now_s, self.log[-1][0] if self.log else now_s), amount
        while True:
            while self.log and self.log[0][0] + MINUTE_S <= at_s:
                self.taken -= self.log.popleft()[1]
            self.taken = self.taken if self.log else 0.0  # sums of fractions leave a rest
            part = min(left, self.limit - self.taken)
            if part > ROUNDING or not self.log:
                self.log.append((at_s, part))
                self.taken, left = self.taken + part, left - part
            if left <= ROUNDING:
                return at_s
            at_s = self.log[0][0] + MINUTE_S


@dataclass(slots=True)
class Server:
    """A model's deployments together: slots, and limits of requests and of tokens a minute (None: no limit)."""

    slots: int
    requests: Window | None
    tokens: Window | None
    free_s: float = field(default=0.0)

    @classmethod
    def of(cls, model: Model) -> Server:
        """A model at rest."""
        rpm = requests_per_minute(model)
        return cls(
            slots_of(model), None if rpm is None else Window(rpm), None if model.tpm is None else Window(model.tpm)
        )

    def serve(self, load: Load, *, n_calls: float, now_s: float) -> float:
        """When the last of some calls that are asked at once ends."""
        self.free_s = max(self.free_s, now_s) + n_calls * load.latency_s / self.slots
        begun_s = now_s
        if self.requests is not None:
            begun_s = max(begun_s, self.requests.take(n_calls, now_s=now_s))
        if self.tokens is not None:
            begun_s = max(begun_s, self.tokens.take(n_calls * load.tokens, now_s=now_s))
        n_waves = max(1, math.ceil(n_calls / self.slots - ROUNDING))
        return max(self.free_s, now_s + n_waves * load.latency_s, begun_s + load.latency_s)


def expected_time(stages: Stages, catalogue: Catalogue, *, n_items: int, chunk_size: int, width: int) -> RunTime | None:
    """The time of a run of `n_items` in chunks, `width` at once; None where no model is called."""
    called = [stage for stage in stages if any(load.n_calls for load in stage)]
    if not called or not n_items:
        return None
    n_chunks = math.ceil(n_items / chunk_size)
    ends_s = list(chunk_ends(called, catalogue, n_chunks=min(n_chunks, MOST_CHUNKS), of=1 / n_chunks, width=width))
    seconds = ends_s[-1]
    if n_chunks > MOST_CHUNKS:
        pace_s = (ends_s[-1] - ends_s[MOST_CHUNKS // 2 - 1]) / (MOST_CHUNKS - MOST_CHUNKS // 2)
        seconds += (n_chunks - MOST_CHUNKS) * pace_s
    return RunTime(seconds, bottleneck_of(called, catalogue, n_chunks=n_chunks, width=width))


def chunk_ends(stages: Stages, catalogue: Catalogue, *, n_chunks: int, of: float, width: int) -> Iterator[float]:
    """When each chunk has left the last stage, in the order of their ends; a chunk has the share `of` all calls."""
    servers = {model.name: Server.of(model) for model in catalogue.models}
    under_way = [(0.0, chunk, 0) for chunk in range(min(width, n_chunks))]
    n_begun = len(under_way)
    while under_way:
        now_s, chunk, stage = heapq.heappop(under_way)
        if stage == len(stages):
            yield now_s
            if n_begun < n_chunks:
                heapq.heappush(under_way, (now_s, n_begun, 0))
                n_begun += 1
            continue
        ends_s = [
            servers[load.model].serve(load, n_calls=load.n_calls * of, now_s=now_s)
            for load in stages[stage]
            if load.n_calls
        ]
        heapq.heappush(under_way, (max(ends_s, default=now_s), chunk, stage + 1))


def bottleneck_of(stages: Stages, catalogue: Catalogue, *, n_chunks: int, width: int) -> str:
    """What alone would take longest: a model's slots, one of its limits, or the chunks' way through the steps.

    These are the asymptotic bounds of Denning & Buzen, "The operational analysis of queueing network models" (1978).
    """
    found = {
        f"chunks go through their steps {width} at a time": math.ceil(n_chunks / width)
        * sum(max(load.latency_s for load in stage if load.n_calls) for stage in stages)
    }
    for model in catalogue.models:
        loads = [load for stage in stages for load in stage if load.model == model.name]
        found |= bounds_of(model, loads)
    return max(found, key=lambda name: found[name])


def bounds_of(model: Model, loads: Sequence[Load]) -> Mapping[str, float]:
    """How long each of a model's limits alone makes its calls take."""
    slots, rpm = slots_of(model), requests_per_minute(model)
    n_calls, n_tokens = sum(load.n_calls for load in loads), sum(load.n_calls * load.tokens for load in loads)
    found = {f"{model.name} answers {slots} at once": sum(load.n_calls * load.latency_s for load in loads) / slots}
    if rpm is not None:
        found[f"{model.name} takes {rpm:,} requests a minute"] = MINUTE_S * full_minutes(n_calls, rpm)
    if model.tpm is not None:
        found[f"{model.name} takes {model.tpm:,} tokens a minute"] = MINUTE_S * full_minutes(n_tokens, model.tpm)
    return found


def full_minutes(amount: float, limit: int) -> int:
    """How many whole minutes pass before the last of an amount may begin."""
    return max(0, math.ceil(amount / limit - ROUNDING) - 1)


def slots_of(model: Model) -> int:
    """How many calls a model's deployments answer at once."""
    return sum(deployment.concurrency for deployment in model.deployments)


def requests_per_minute(model: Model) -> int | None:
    """The tighter of the model's own limit and of those of its deployments together; None where there is none."""
    own = [deployment.rpm for deployment in model.deployments]
    together = sum(rpm for rpm in own if rpm is not None) if own and None not in own else None
    limits = [limit for limit in (model.rpm, together) if limit is not None]
    return min(limits, default=None)
