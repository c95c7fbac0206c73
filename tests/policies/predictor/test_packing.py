"""A packed predictor comes back as it was, under the hash of its bytes; what is damaged is told, never run."""

from __future__ import annotations

import io
import json
import pickle
import zipfile
from collections.abc import Callable

import numpy as np
import pytest

from policies.errors import BadInputError
from policies.predictor.fitting import fit_predictor
from policies.predictor.packing import TREE, pack_predictor, predictor_name, unpack_predictor
from policies.predictor.predictor import Predictor
from tests.policies.predictor.test_predictor import TEXT_WORLD


@pytest.fixture(scope="module")
def fitted() -> Predictor:
    rng = np.random.default_rng(1)
    vectors = rng.standard_normal((300, 16)).astype(np.float32)
    return fit_predictor(TEXT_WORLD.observations(slice(300), embedding=vectors))


@pytest.fixture(scope="module")
def packed(fitted: Predictor) -> bytes:
    return pack_predictor(fitted)


def test_it_comes_back_and_predicts_the_same_to_the_last_bit(fitted: Predictor, packed: bytes) -> None:
    again = unpack_predictor(packed)
    vectors = np.random.default_rng(2).standard_normal((40, 16)).astype(np.float32)
    texts, task_types = TEXT_WORLD.texts[:40], TEXT_WORLD.task_types[:40]
    before = fitted.predict(texts, task_types, embedding=vectors)
    after = again.predict(texts, task_types, embedding=vectors)
    for name in before.__dataclass_fields__:
        np.testing.assert_array_equal(getattr(after, name), getattr(before, name), err_msg=name)
    assert pack_predictor(again) == packed


def test_one_that_was_fitted_to_nothing_comes_back() -> None:
    empty = fit_predictor(TEXT_WORLD.observations(slice(0)))
    again = unpack_predictor(pack_predictor(empty))
    assert again.features.words is None
    np.testing.assert_array_equal(again.predict(["a"], ["sum"]).quality, empty.predict(["a"], ["sum"]).quality)


def test_its_name_is_the_hash_of_its_bytes(packed: bytes) -> None:
    assert predictor_name(packed) == predictor_name(bytes(packed))
    assert len({predictor_name(packed), predictor_name(packed[:-1]), predictor_name(b"")}) == 3


def rewritten(packed: bytes, change: Callable[[str, bytes], bytes | None]) -> bytes:
    """The same archive with other members; None leaves one out."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(packed)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            content = change(name, old.read(name))
            if content is not None:
                new.writestr(name, content)
    return out.getvalue()


def in_tree(change: Callable[[dict], object]) -> Callable[[str, bytes], bytes]:
    def apply(name: str, content: bytes) -> bytes:
        if name != TREE:
            return content
        tree = json.loads(content)
        change(tree)
        return json.dumps(tree).encode()

    return apply


class Evil:
    def __reduce__(self):
        return (pytest.fail, ("a pickle was run",))


def pickled_array(name: str, content: bytes) -> bytes:
    if name != "000.npy":
        return content
    out = io.BytesIO()
    np.lib.format.write_array(out, np.array([Evil()], dtype=object), allow_pickle=True)
    return out.getvalue()


@pytest.mark.parametrize(
    ("damage", "problem"),
    [
        (lambda name, content: None if name == TREE else content, "no predictor"),
        (lambda name, content: None if name == "003.npy" else content, "no predictor"),
        (lambda name, content: content[: len(content) // 2] if name == "001.npy" else content, "no predictor"),
        (lambda name, content: b"{" if name == TREE else content, "no predictor"),
        (lambda name, content: b"[]" if name == TREE else content, "no predictor"),
        (pickled_array, "no predictor"),
        (in_tree(lambda tree: tree.update(format=2)), "another version"),
        (in_tree(lambda tree: tree.update(shape="Predictor(models:tuple)")), "another version"),
        (in_tree(lambda tree: tree["predictor"].pop("stack")), "no predictor"),
        (in_tree(lambda tree: tree["predictor"].update(models=[1])), "no predictor"),
        (in_tree(lambda tree: tree["predictor"].update(stack={"array": 10**6})), "no predictor"),
        (in_tree(lambda tree: tree["predictor"].update(means=None)), "no predictor"),
    ],
)
def test_what_is_not_a_predictor_is_refused(packed: bytes, damage, problem: str) -> None:
    with pytest.raises(BadInputError, match=problem):
        unpack_predictor(rewritten(packed, damage))


def test_what_is_cut_off_or_no_archive_at_all_is_refused(packed: bytes) -> None:
    for content in (b"", b"PK", packed[: len(packed) // 2], packed[:-1], pickle.dumps({"a": 1})):
        with pytest.raises(BadInputError, match="no predictor"):
            unpack_predictor(content)


def test_flipped_bits_are_refused_or_change_nothing(packed: bytes) -> None:
    """An archive has a checksum of each member; whatever gets by, the name tells."""
    rng = np.random.default_rng(0)
    for place in rng.integers(len(packed), size=40):
        damaged = bytearray(packed)
        damaged[place] ^= 1 << int(rng.integers(8))
        assert predictor_name(bytes(damaged)) != predictor_name(packed)
        try:
            unpack_predictor(bytes(damaged))
        except BadInputError:
            continue
