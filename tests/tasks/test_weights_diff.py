"""What would route differently is told in words, from the logged calls."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from policies.uniform import UniformPolicy
from policies.weights import parse_weights, weights_document, weights_version
from tasks.weights_diff import diff_weights, tell_diff
from tests.fakes.explored import NOON, PRICES, ExploredWorld
from warehouse.home import Home
from warehouse.records import WeightsChanged
from warehouse.weights_changes import take_candidate
from warehouse.weights_fit import fit_weights

ALIKE = dict.fromkeys(PRICES, 0.6)


def test_two_versions_are_told_apart_by_what_they_route(tmp_path: Path) -> None:
    world = ExploredWorld(Home(tmp_path), {"classify": {**ALIKE, "small": 1.0}, "generate": {**ALIKE, "large": 1.0}})
    world.log(200, policy=UniformPolicy())
    own = parse_weights(fit_weights(world.home).document)
    changed = [
        replace(cell, quality=0.0) if (cell.task_type, cell.model) == ("generate", "large") else cell
        for cell in own.cells
    ]
    names = []
    for cells in (own.cells, changed):
        document = weights_document(cells)
        names.append(weights_version(document))
        record = WeightsChanged(names[-1], None, "candidate", document, NOON, NOON, 200, "{}", "[]", NOON, NOON)
        take_candidate(world.home, record)
    found = diff_weights(world.home, *names)
    assert (found.n_calls, sum(one.n for one in found.reroutes), dict(found.left_out)) == (200, 100, {})
    (one,) = found.reroutes
    assert (one.task_type, one.source, one.n, one.n_calls) == ("generate", "large", 100, 100)
    lines = list(tell_diff(found))
    assert lines[0] == "100 of 200 logged calls would be routed differently:"
    assert lines[1] == f"- generate: 100 of 100 would go to {one.target}, not to large"
    assert lines[2] == "What is known otherwise:"
    assert lines[3].startswith("- large at generate: quality ")
    assert lines[3].endswith(", now 0.000")
    assert len(lines) == 4
    assert list(tell_diff(diff_weights(world.home, names[0], names[0]))) == [
        "All 200 logged calls would be routed alike."
    ]
