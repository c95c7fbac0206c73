"""Drifts in the ledger: found once, recorded, and explored until weights have learned from what is new."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np

from tasks.drifts import new_drifts, open_cells, tell_drift
from warehouse.drifts import drifts_since, watched_streams
from warehouse.landing import land
from warehouse.query import query
from warehouse.records import Drifted

LONG_AGO = timedelta(days=3000)


def log_calls(world, n: int, *, start: int, quality: float, latency_s: float, seed: int) -> None:
    """Calls of the small model, a minute apart, each judged."""
    rng = np.random.default_rng(seed)
    records = []
    for number in range(start, start + n):
        intent = replace(world.intent(number), started_at=world.intent(0).started_at + timedelta(minutes=number))
        outcome = replace(world.outcome(intent), latency_s=latency_s * float(rng.lognormal(0, 0.3)))
        records += [world.decision(number), outcome, world.score(number, float(rng.random() < quality))]
    world.append(*records)


def found_in(world, known: tuple[Drifted, ...] = (), *, at: datetime) -> list[Drifted]:
    streams = watched_streams(world.home, since=at - LONG_AGO, most=5_000)
    return [one for stream in streams for one in new_drifts(stream, known, delta=0.01, found_at=at)]


def test_a_change_is_found_once_and_the_next_one_again(world) -> None:
    at = world.intent(0).started_at + timedelta(days=30)
    log_calls(world, 600, start=0, quality=0.9, latency_s=1.0, seed=1)
    land(world.home)
    assert found_in(world, at=at) == []
    log_calls(world, 400, start=600, quality=0.4, latency_s=1.0, seed=2)
    land(world.home)
    (drop,) = found_in(world, at=at)
    assert (drop.measure, drop.model, drop.task_type) == ("quality", "small", world.intent(0).task_type)
    assert drop.before > 0.8 > 0.6 > drop.after
    assert "went from 0.9" in tell_drift(drop) or "went from 0.8" in tell_drift(drop)
    world.append(drop)
    land(world.home)
    assert drifts_since(world.home, at - LONG_AGO) == (drop,)
    assert found_in(world, drifts_since(world.home, at - LONG_AGO), at=at) == []
    log_calls(world, 400, start=1000, quality=0.4, latency_s=4.0, seed=3)
    land(world.home)
    (slower,) = found_in(world, drifts_since(world.home, at - LONG_AGO), at=at)
    assert slower.measure == "latency_s"


def test_a_drift_is_open_until_weights_have_learned_from_what_is_new(world) -> None:
    at = world.intent(0).started_at
    drift = Drifted("d1", "generate", "small", "quality", 0.9, 0.5, 500, 60, at, at, at)
    world.append(drift, replace(drift, drift_id="d2", model="large"), replace(drift, drift_id="d3", task_type="code"))
    land(world.home)
    cells = {"generate": ("large", "small"), "code": ("small",)}
    assert open_cells(world.home, learned_to=None, at=at + timedelta(days=13)) == cells
    assert open_cells(world.home, learned_to=at - timedelta(hours=1), at=at + timedelta(days=1)) == cells
    assert open_cells(world.home, learned_to=at + timedelta(hours=1), at=at + timedelta(days=1)) == {}
    assert open_cells(world.home, learned_to=None, at=at + timedelta(days=15)) == {}
    world.home.published.write_bytes(b"damaged")
    assert open_cells(world.home, learned_to=None, at=at) == {}


def test_a_drift_is_kept_once(world) -> None:
    at = world.intent(0).started_at
    drift = Drifted("d1", "generate", "small", "quality", 0.9, 0.5, 500, 60, at, at, at)
    world.append(drift, drift)
    land(world.home)
    world.append(drift)
    land(world.home)
    assert query(world.home, "SELECT count(*) FROM drifts").rows == [(1,)]
