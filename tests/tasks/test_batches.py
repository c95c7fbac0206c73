"""Batches: inline or from a file, sampled the same way every time, cut into chunks, known by their content."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from policies.errors import BadInputError
from tasks.batches import batch_hash, cut_chunks, load_batch, sample_items
from tasks.jobs.schema import Job
from tasks.run_request import RunRequest
from tests.fakes.installations import Installation
from warehouse.batch import Item

JOB = Job.model_validate(
    {
        "name": "job",
        "input": {"text_fields": ["question"]},
        "steps": [{"name": "one", "kind": "transform", "operator": "strip", "of": "item.question"}],
    }
)
ITEMS = [Item(f"item-{n}", {"item_id": f"item-{n}", "n": n}) for n in range(200)]


def inline(*items: dict[str, object], **fields: object) -> RunRequest:
    return RunRequest.model_validate({"job": "job.yaml", "items": items, **fields})


def test_a_sample_is_the_same_for_the_same_seed_and_keeps_the_batchs_order() -> None:
    sample = sample_items(ITEMS, 20, seed=1)
    assert sample == sample_items(ITEMS, 20, seed=1)
    assert len(sample) == 20
    assert sample == [item for item in ITEMS if item in sample]
    assert sample != sample_items(ITEMS, 20, seed=2)


@given(seed=st.integers(0, 2**63 - 1), shuffle=st.randoms(use_true_random=False), size=st.integers(1, 30))
def test_a_sample_does_not_depend_on_the_order_of_the_batch(seed: int, shuffle: random.Random, size: int) -> None:
    shuffled = ITEMS[:40]
    shuffle.shuffle(shuffled)
    chosen = {item.item_id for item in sample_items(ITEMS[:40], size, seed=seed)}
    assert {item.item_id for item in sample_items(shuffled, size, seed=seed)} == chosen


def test_a_larger_sample_holds_the_smaller_one() -> None:
    small, large = (sample_items(ITEMS, size, seed=3) for size in (10, 50))
    assert all(item in large for item in small)


def test_every_item_is_sampled_about_as_often_as_any_other() -> None:
    counts = [sum(ITEMS[n] in sample_items(ITEMS[:10], 5, seed=seed) for seed in range(400)) for n in range(10)]
    assert min(counts) > 150
    assert max(counts) < 250


def test_a_sample_larger_than_the_batch_is_the_batch() -> None:
    assert sample_items(ITEMS, 1_000, seed=1) == ITEMS


@given(n_items=st.integers(0, 60), size=st.integers(1, 25))
def test_chunks_hold_every_item_once_in_order(n_items: int, size: int) -> None:
    chunks = list(cut_chunks(ITEMS[:n_items], size))
    assert [item for chunk in chunks for item in chunk] == ITEMS[:n_items]
    assert all(len(chunk) == size for chunk in chunks[:-1])
    assert all(1 <= len(chunk) <= size for chunk in chunks)
    assert len(chunks) == -(-n_items // size)


def test_a_batch_is_known_by_its_content_and_order_not_by_the_order_of_its_fields() -> None:
    one, two = Item("a", {"x": 1, "y": "ü"}), Item("b", {"x": 2})
    same = batch_hash([Item("a", {"y": "ü", "x": 1}), two])
    assert batch_hash([one, two]) == same
    others = ([two, one], [one], [one, Item("b", {"x": 3})], [one, Item("c", {"x": 2})], [])
    assert len({same, *(batch_hash(items) for items in others)}) == 6


def test_inline_items_are_the_batch() -> None:
    items = load_batch(inline({"item_id": "a", "question": "Why?"}), JOB, roots=[])
    assert items == [Item("a", {"item_id": "a", "question": "Why?"})]


@pytest.mark.parametrize("number", [0, 7])
def test_a_number_as_an_inline_id_becomes_text(number: int) -> None:
    assert load_batch(inline({"item_id": number, "question": "Why?"}), JOB, roots=[])[0].item_id == str(number)


@pytest.mark.parametrize(
    ("items", "problem"),
    [
        ([], "the batch is empty"),
        ([{"question": "Why?"}], "items:1: item_id"),
        ([{"item_id": "", "question": "Why?"}], "items:1: item_id"),
        ([{"item_id": None, "question": "Why?"}], "items:1: item_id"),
        ([{"item_id": ["a"], "question": "Why?"}], "items:1: item_id"),
        ([{"item_id": True, "question": "Why?"}], "items:1: item_id"),
        ([{"item_id": "a", "question": "Why?"}] * 2, "items:2: item_id: stands twice"),
        ([{"item_id": "a", "question": "Why?"}, {"item_id": "b"}], "items:2: question"),
        ([{"item_id": "a"}], "question"),
        ([{"item_id": "a", "question": " "}], "items:1: question"),
        ([{"item_id": "a", "question": 3}], "items:1: question"),
        ([{"item_id": "a", "question": "Why?", "n": 2**70}], "items:1: can't be written as JSON"),
        ([{"item_id": "a", "question": "Why\x00?"}], "items:1: question"),
        ([{"item_id": "a", "question": "Why\ud800?"}], "items:1: can't be written as JSON"),
    ],
)
def test_inline_items_that_cannot_be_used_are_refused_by_their_place(
    items: list[dict[str, object]], problem: str
) -> None:
    request = RunRequest.model_construct(job="job.yaml", input=None, items=tuple(items), sample=None, seed=0)
    with pytest.raises(BadInputError, match=problem):
        load_batch(request, JOB, roots=[])


def test_a_batch_outside_the_roots_is_refused(tmp_path: Path) -> None:
    (tmp_path / "inside").mkdir()
    (tmp_path / "batch.jsonl").write_text('{"item_id": "a", "question": "Why?"}\n')
    request = RunRequest(job="job.yaml", input=str(tmp_path / "batch.jsonl"))
    with pytest.raises(BadInputError, match="outside the allowed folders"):
        load_batch(request, JOB, roots=[tmp_path / "inside"])


def test_an_integer_that_no_checkpoint_can_hold_is_refused_by_its_item(tmp_path: Path) -> None:
    batch = tmp_path / "batch.jsonl"
    batch.write_text('{"item_id": "a", "question": "Why?", "n": 1180591620717411303424}\n')
    with pytest.raises(BadInputError, match="64-bit"):
        batch_hash(load_batch(RunRequest(job="job.yaml", input=str(batch)), JOB, roots=[tmp_path]))


def test_a_sample_is_taken_of_what_the_file_holds(install: Callable[..., Installation]) -> None:
    installation = install(n_items=30)
    request = installation.request(sample=5, seed=9)
    chosen = load_batch(request, JOB, roots=[installation.folder])
    assert len(chosen) == 5
    assert chosen == load_batch(request, JOB, roots=[installation.folder])


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"input": "a.jsonl", "items": [{"item_id": "a"}]},
        {"input": "a.jsonl", "budget_usd": 0},
        {"input": "a.jsonl", "budget_usd": "-1"},
        {"input": "a.jsonl", "budget_usd": "NaN"},
        {"input": "a.jsonl", "budget_usd": "Infinity"},
        {"input": "a.jsonl", "sample": 0},
        {"input": "a.jsonl", "seed": -1},
        {"input": "a.jsonl", "chunks_under_way": 0},
        {"input": "a.jsonl", "policy": "best"},
        {"input": "a.jsonl", "unknown": 1},
    ],
)
def test_a_request_that_makes_no_sense_is_refused(fields: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        RunRequest.model_validate({"job": "job.yaml", **fields})
