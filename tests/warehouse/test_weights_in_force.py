"""Damaged and stale weights never route: the last good version does, or the rules alone."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from policies.types import CellMean
from policies.weights import weights_document, weights_version
from warehouse.home import Home
from warehouse.records import WeightsChanged
from warehouse.weights_in_force import WeightsInForce, choose_weights, weights_in_force

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
WEEK = timedelta(days=7)
GOOD = weights_document([CellMean("generate", "small", 40, 0.5, 0.05, 0.001, 0.5)])
CELL = json.loads(GOOD)["cells"][0]


def version(
    document: str, *, status: str = "live", age: timedelta = timedelta(days=1), name: str = ""
) -> WeightsChanged:
    return WeightsChanged(
        weights_version=name or weights_version(document),
        parent=None,
        status=status,  # type: ignore[arg-type]  # one of the statuses
        document=document,
        data_from=NOW - age - WEEK,
        data_to=NOW - age,
        n_calls=40,
        estimates="{}",
        gate="[]",
        created_at=NOW - age,
        changed_at=NOW - age,
    )


def document(**change: object) -> str:
    return json.dumps({**json.loads(GOOD), **change})


def with_cell(**change: object) -> str:
    return document(cells=[{**CELL, **change}])


# Documents that are damaged, whatever their name says; the name is the hash of what they are now.
DAMAGED = {
    "empty": "",
    "cut short": GOOD[: len(GOOD) // 2],
    "cut by one character": GOOD[:-1],
    "no JSON": "not JSON at all",
    "binary": "\x00\x01\x02",
    "null": "null",
    "a list": "[]",
    "a number": "1",
    "no cells": json.dumps({"format": 1}),
    "an older format": document(format=0),
    "a later format": document(format=2),
    "format as text": document(format="one"),
    "an unknown key": document(more=1),
    "a quality over 1": with_cell(quality=1.5),
    "a quality that is no number": GOOD.replace('"quality":0.5', '"quality":NaN'),
    "a negative cost": with_cell(cost_usd=-1.0),
    "an infinite latency": GOOD.replace('"latency_s":0.5', '"latency_s":Infinity'),
    "no calls": with_cell(n=0),
    "a cell without a model": document(cells=[{k: v for k, v in CELL.items() if k != "model"}]),
    "a cell twice": document(cells=[CELL, CELL]),
    "a predictor with a path": document(predictor="../../etc/passwd"),
    "two documents": GOOD + GOOD,
}


@pytest.mark.parametrize("damaged", DAMAGED.values(), ids=DAMAGED.keys())
def test_a_damaged_document_gives_way_to_the_last_good_version_or_to_the_rules(damaged: str) -> None:
    live = version(damaged)
    found = choose_weights([live, version(GOOD, status="retired", age=WEEK)], at=NOW, ttl=None)
    assert found.version == weights_version(GOOD)
    assert found.problem is not None
    assert found.problem.startswith(f"weights {live.weights_version} can't be read: ")
    assert found.problem.endswith(f"; {weights_version(GOOD)} stands in")
    alone = choose_weights([live], at=NOW, ttl=None)
    assert (alone.weights, alone.is_lost) == (None, True)
    assert alone.problem is not None
    assert alone.problem.endswith("; the rules alone decide")


@pytest.mark.parametrize("changed", [GOOD.replace("0.5", "0.9", 1), GOOD.replace("small", "large"), GOOD + " "])
def test_a_document_that_is_another_one_than_its_name_says_does_not_route(changed: str) -> None:
    found = choose_weights([version(changed, name=weights_version(GOOD))], at=NOW, ttl=None)
    assert found.is_lost
    assert f"are damaged: their content is that of {weights_version(changed)}" in (found.problem or "")


def test_stale_weights_do_not_route_and_nor_do_older_ones() -> None:
    live = version(GOOD, age=timedelta(days=8))
    older = version(document(checks=[]), status="retired", age=timedelta(days=30))
    found = choose_weights([live, older], at=NOW, ttl=WEEK)
    assert found == WeightsInForce(
        problem=f"weights {live.weights_version} are stale: they learned from calls until 2026-11-17, over 7 days ago; "
        "the rules alone decide"
    )
    assert choose_weights([live, older], at=NOW, ttl=timedelta(days=9)).problem is None
    assert choose_weights([live, older], at=NOW, ttl=None).version == live.weights_version
    undated = replace(live, data_to=None, created_at=NOW)
    assert choose_weights([undated], at=NOW, ttl=WEEK).problem is None


def test_a_rejected_version_never_stands_in() -> None:
    found = choose_weights([version("damaged"), version(GOOD, status="rejected")], at=NOW, ttl=None)
    assert found.is_lost


def test_without_any_live_version_nothing_is_wrong() -> None:
    assert choose_weights([], at=NOW, ttl=WEEK) == WeightsInForce()
    assert choose_weights([version(GOOD, status="rejected")], at=NOW, ttl=WEEK) == WeightsInForce()


def test_a_warehouse_that_cannot_be_read_leaves_the_rules(tmp_path: Path, landed_home: Callable[[Path], Path]) -> None:
    home = Home(landed_home(tmp_path / "home"))
    assert weights_in_force(home, at=NOW, ttl=WEEK) == WeightsInForce()
    home.published.write_bytes(b"no database")
    found = weights_in_force(home, at=NOW, ttl=WEEK)
    assert found.is_lost
    assert (found.problem or "").startswith("which weights are live can't be read, the rules alone decide: ")
