"""The expected time of a run, held against runs simulated call by call: slots, limits of a minute, chunks under way."""

from __future__ import annotations

import heapq
import math
from collections import deque

import numpy as np
import pytest

from policies.catalogue import parse_catalogue
from policies.run_time import MOST_CHUNKS, Load, expected_time
from policies.types import Catalogue

MODEL = """
  - name: {name}
    deployments: [{{litellm_model: toy/{name}, concurrency: {slots}}}]
    price: {{input: 1, output: 1}}
    context_window: 8000
    max_output_tokens: 500
"""


def catalogue_of(**models: dict[str, int]) -> Catalogue:
    """Models with `slots`, and perhaps `rpm` and `tpm`."""
    text = "models:"
    for name, limits in models.items():
        text += MODEL.format(name=name, slots=limits["slots"])
        text += "".join(f"    {key}: {limits[key]}\n" for key in ("rpm", "tpm") if key in limits)
    return parse_catalogue(text, file="times.yaml")


def simulate(
    stages: list[dict[str, int]],
    latency_s: dict[str, float],
    limits: dict[str, dict[str, int]],
    *,
    n_chunks: int,
    width: int,
) -> float:
    """A run call by call: `stages` say how many calls of each model a chunk makes in each step.

    A call takes the slot that is free first, and where there is a limit of a minute waits until a minute after the one
    that was so many before it.
    """
    free = {model: [0.0] * one["slots"] for model, one in limits.items()}
    begun: dict[str, deque[float]] = {model: deque(maxlen=one.get("rpm")) for model, one in limits.items()}
    under_way = [(0.0, chunk, 0) for chunk in range(min(width, n_chunks))]
    n_begun, end_s = len(under_way), 0.0
    while under_way:
        now_s, chunk, stage = heapq.heappop(under_way)
        end_s = max(end_s, now_s)
        if stage == len(stages):
            if n_begun < n_chunks:
                heapq.heappush(under_way, (now_s, n_begun, 0))
                n_begun += 1
            continue
        last_s = now_s
        for model, n_calls in stages[stage].items():
            for _ in range(n_calls):
                at_s = max(now_s, heapq.heappop(free[model]))
                if "rpm" in limits[model] and len(begun[model]) == limits[model]["rpm"]:
                    at_s = max(at_s, begun[model][0] + 60)
                begun[model].append(at_s)
                heapq.heappush(free[model], at_s + latency_s[model])
                last_s = max(last_s, at_s + latency_s[model])
        heapq.heappush(under_way, (last_s, chunk, stage + 1))
    return end_s


def test_the_expected_time_is_near_that_of_runs_simulated_call_by_call() -> None:
    ratios = []
    for seed in range(60):
        draw = np.random.default_rng(seed)
        limits = {name: {"slots": int(draw.integers(1, 33))} for name in ("small", "large")}
        if seed % 2:
            limits["large"]["rpm"] = int(draw.integers(20, 200))
        latency_s = {"small": float(draw.uniform(0.2, 2)), "large": float(draw.uniform(1, 8))}
        size, n_chunks, width = int(draw.integers(5, 50)), int(draw.integers(1, 40)), int(draw.integers(1, 9))
        stages = [{"small": k, "large": size - k} for k in draw.integers(0, size + 1, 2).tolist()]
        real_s = simulate(stages, latency_s, limits, n_chunks=n_chunks, width=width)
        loads = [[Load(m, k * n_chunks, latency_s[m], 0.0) for m, k in stage.items()] for stage in stages]
        found = expected_time(loads, catalogue_of(**limits), n_items=size * n_chunks, chunk_size=size, width=width)
        assert found is not None
        ratios.append(found.seconds / real_s)
    assert 0.97 < float(np.mean(ratios)) < 1.01
    assert min(ratios) > 0.8
    assert max(ratios) < 1.1


@pytest.mark.parametrize(
    ("limits", "width", "seconds", "bottleneck"),
    [
        ({"slots": 1000}, 10, 2.0, "chunks go through their steps 10 at a time"),
        ({"slots": 1000}, 1, 20.0, "chunks go through their steps 1 at a time"),
        ({"slots": 1}, 10, 200.0, "m answers 1 at once"),
        ({"slots": 1000, "rpm": 50}, 10, 62.0, "m takes 50 requests a minute"),
        ({"slots": 1000, "tpm": 1000}, 10, 542.0, "m takes 1,000 tokens a minute"),
    ],
)
def test_what_limits_a_run_says_how_long_it_takes(
    limits: dict[str, int], width: int, seconds: float, bottleneck: str
) -> None:
    """100 calls of 2 s and 100 tokens each, in ten chunks."""
    found = expected_time(
        [[Load("m", 100, 2.0, 100.0)]], catalogue_of(m=limits), n_items=100, chunk_size=10, width=width
    )
    assert found is not None
    assert (found.seconds, found.bottleneck) == (pytest.approx(seconds, abs=0.01), bottleneck)


def test_a_deployments_own_limits_add_up_unless_one_has_none() -> None:
    text = "models:" + MODEL.format(name="m", slots=8)
    two = "[{name: a, litellm_model: toy/a, rpm: 30}, {name: b, litellm_model: toy/b%s}]"
    one = "[{litellm_model: toy/m, concurrency: 8}]"

    def seconds(more: str) -> float:
        catalogue = parse_catalogue(text.replace(one, two % more), file="two.yaml")
        found = expected_time([[Load("m", 120, 0.0, 1.0)]], catalogue, n_items=120, chunk_size=120, width=1)
        return math.nan if found is None else found.seconds

    assert seconds(", rpm: 30") == pytest.approx(60)
    assert seconds("") == pytest.approx(0)


def test_the_steps_of_a_chunk_and_the_models_of_a_cascade_follow_each_other() -> None:
    stages = [[Load("a", 10, 1.0, 1.0)], [Load("a", 6, 1.0, 1.0), Load("b", 4, 3.0, 1.0)], [Load("b", 0, 9.0, 1.0)]]
    limits = {"a": {"slots": 64}, "b": {"slots": 64}}
    found = expected_time(stages, catalogue_of(**limits), n_items=10, chunk_size=10, width=4)
    assert found is not None
    assert found.seconds == pytest.approx(1 + 3)


def test_many_chunks_are_reckoned_from_the_pace_of_the_first() -> None:
    loads = [[Load("m", 10 * MOST_CHUNKS, 1.0, 1.0)]]
    found = expected_time(loads, catalogue_of(m={"slots": 64}), n_items=10 * MOST_CHUNKS, chunk_size=1, width=4)
    assert found is not None
    assert found.seconds == pytest.approx(10 * MOST_CHUNKS / 4, rel=0.001)


def test_without_calls_there_is_no_time() -> None:
    assert expected_time([], catalogue_of(m={"slots": 1}), n_items=3, chunk_size=1, width=1) is None
    assert expected_time([[Load("m", 3, 1, 1)]], catalogue_of(m={"slots": 1}), n_items=0, chunk_size=1, width=1) is None
