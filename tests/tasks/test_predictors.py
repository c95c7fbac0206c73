"""The predictor's file: its owner's alone, noticed where it is not what its weights name, and then left out."""

from __future__ import annotations

import logging
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from policies.predictor import packing
from policies.predictor.fitting import fit_predictor
from policies.predictor.packing import pack_predictor, predictor_name
from policies.types import Weights
from tasks.notices import say_once
from tasks.predictors import keep_predictor, predictor_file, predictor_in_force, read_predictor
from tests.policies.predictor.worlds import make_world
from warehouse.home import Home


@pytest.fixture(scope="module")
def content() -> bytes:
    return pack_predictor(fit_predictor(make_world(200, effect=0.3).observations()))


@pytest.fixture(autouse=True)
def _forget() -> None:
    read_predictor.cache_clear()
    say_once.cache_clear()


def named(content: bytes) -> Weights:
    return Weights("w-00000000000000a5", (), predictor=predictor_name(content))


def test_it_is_kept_for_its_owner_alone_and_read_back(tmp_path: Path, content: bytes) -> None:
    home, weights = Home(tmp_path / "home"), named(content)
    path = keep_predictor(home, weights.version, content)
    assert path == predictor_file(home, weights.version, predictor_name(content))
    assert path.name == f"{weights.version}.{weights.predictor}.npz"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    found = predictor_in_force(home, weights)
    assert found is not None
    assert (found.name, found.problem) == (weights.predictor, None)
    assert found.predictor is not None
    assert pack_predictor(found.predictor) == content


def test_weights_without_one_and_no_weights_have_none(tmp_path: Path) -> None:
    assert predictor_in_force(Home(tmp_path), None) is None
    assert predictor_in_force(Home(tmp_path), Weights("w-00000000000000a6", ())) is None


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-100])


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))


@pytest.mark.parametrize(
    ("damage", "problem"),
    [
        (Path.unlink, "missing"),
        (cut, "damaged"),
        (flip, "damaged"),
        (lambda path: path.write_bytes(b""), "damaged"),
        (lambda path: path.unlink() or path.mkdir(), "can't be read"),
    ],
    ids=["missing", "cut off", "a flipped bit", "empty", "a folder"],
)
def test_what_is_not_as_it_was_is_left_out_and_said_once(
    tmp_path: Path, content: bytes, caplog: pytest.LogCaptureFixture, damage: Callable[[Path], object], problem: str
) -> None:
    home, weights = Home(tmp_path / "home"), named(content)
    damage(keep_predictor(home, weights.version, content))
    with caplog.at_level(logging.WARNING):
        found = [predictor_in_force(home, weights) for _ in range(3)]
    assert all(one is not None and one.predictor is None and problem in (one.problem or "") for one in found)
    (record,) = caplog.records
    assert str(weights.predictor) in record.getMessage()
    assert "means" in record.getMessage()


def test_one_of_another_version_of_the_code_is_left_out(
    tmp_path: Path, content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, weights = Home(tmp_path / "home"), named(content)
    keep_predictor(home, weights.version, content)
    monkeypatch.setattr(packing, "FORMAT", packing.FORMAT + 1)
    found = predictor_in_force(home, weights)
    assert found is not None
    assert found.predictor is None
    assert "another version of Pointsman" in str(found.problem)


def test_one_that_is_mended_is_used_again(tmp_path: Path, content: bytes) -> None:
    home, weights = Home(tmp_path / "home"), named(content)
    path = keep_predictor(home, weights.version, content)
    cut(path)
    assert predictor_in_force(home, weights).predictor is None  # type: ignore[union-attr]  # it is named
    keep_predictor(home, weights.version, content)
    assert predictor_in_force(home, weights).predictor is not None  # type: ignore[union-attr]  # it is named
