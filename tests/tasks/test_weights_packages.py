"""A version goes to another installation whole or not at all, and routes nothing there until it is promoted."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from policies.errors import BadInputError
from policies.types import CellMean
from policies.weights import weights_document, weights_version
from tasks.weights_packages import export_weights, hash_of, import_weights, read_package
from tests.fakes.explored import NOON
from warehouse.home import Home
from warehouse.records import WeightsChanged
from warehouse.weights import live_weights, show_weights
from warehouse.weights_changes import promote_weights, take_candidate

CELL = CellMean("generate", "small", 40, 0.8, 0.03, 0.002, 1.5)
DOCUMENT = weights_document([CELL])
VERSION = weights_version(DOCUMENT)
RECORD = WeightsChanged(VERSION, None, "candidate", DOCUMENT, NOON, NOON, 40, "{}", "[]", NOON, NOON)
LATER = NOON + timedelta(days=1)


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> str:
    home = Home(tmp_path_factory.mktemp("there"))
    assert take_candidate(home, RECORD).is_new
    return export_weights(home, VERSION)


def test_what_is_exported_is_imported_as_a_candidate(tmp_path: Path, package: str) -> None:
    home = Home(tmp_path)
    taken = import_weights(home, package, file="w.json", imported_at=LATER)
    assert (taken.version, taken.status, taken.is_new, taken.has_predictor) == (VERSION, "candidate", True, False)
    found = show_weights(home, VERSION)
    assert (found.document, found.n_calls, found.data_from, found.status) == (DOCUMENT, 40, NOON, "candidate")
    assert live_weights(home) is None
    promote_weights(home, VERSION, changed_at=LATER + timedelta(hours=1))
    again = import_weights(home, package, file="w.json", imported_at=LATER + timedelta(days=1))
    assert (again.status, again.is_new) == ("live", False)
    assert live_weights(home) == (VERSION, DOCUMENT)
    assert export_weights(home, VERSION) == package


def edited(package: str, change: Callable[[dict[str, object]], None], *, with_hash: bool = True) -> str:
    """The package with a change, and with the hash that the changed one has."""
    fields = json.loads(package)
    change(fields)
    if with_hash:
        fields["sha256"] = hash_of(read_unchecked(fields))
    return json.dumps(fields)


def read_unchecked(fields: Mapping[str, object]):
    from tasks.weights_packages import Package

    return Package.model_validate(fields)


OTHER = weights_document([replace(CELL, quality=0.9)])
NAMING = weights_document([CELL], predictor="p-0123456789abcdef")


@pytest.mark.parametrize(
    ("change", "with_hash", "problem"),
    [
        ({"n_calls": 41}, False, "is damaged: the content is not what its hash says"),
        ({"document": OTHER}, True, "is not the one that its version is the hash of"),
        ({"schema_version": 2}, False, "is no file of weights"),
        ({"kind": "something"}, False, "is no file of weights"),
        ({"more": 1}, False, "is no file of weights"),
        ({"document": "{}", "weights_version": weights_version("{}")}, True, "is no weights document"),
        (
            {"document": NAMING, "weights_version": weights_version(NAMING), "predictor": "AAAA"},
            True,
            "is not the predictor that the weights name, p-0123456789abcdef",
        ),
        (
            {"document": NAMING, "weights_version": weights_version(NAMING), "predictor": "§"},
            True,
            "is no base64",
        ),
        (
            {"document": NAMING, "weights_version": weights_version(NAMING), "predictor": None},
            True,
            "lacks the predictor that the weights name, p-0123456789abcdef",
        ),
    ],
)
def test_what_is_not_whole_is_refused(
    tmp_path: Path, package: str, change: Mapping[str, object], with_hash: bool, problem: str
) -> None:
    text = edited(package, lambda fields: fields.update(change), with_hash=with_hash)
    with pytest.raises(BadInputError, match=problem):
        import_weights(Home(tmp_path), text, file="w.json", imported_at=LATER)
    assert not Home(tmp_path).published.exists()


def test_what_is_no_json_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="is no file of weights"):
        read_package("weights", file="w.json")


def test_a_version_without_its_predictor_is_not_exported(tmp_path: Path) -> None:
    named = replace(RECORD, document=NAMING, weights_version=weights_version(NAMING))
    take_candidate(Home(tmp_path), named)
    with pytest.raises(BadInputError, match=r"the predictor that w-[0-9a-f]+ names can't be read"):
        export_weights(Home(tmp_path), named.weights_version)
