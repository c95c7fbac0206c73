"""Searching: ranks, methods, reranking, and the same answer each time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from policies.errors import BadInputError, WorkFailedError
from tasks.retrieval.corpus import CorpusSpec, LeftOut, Passage
from tasks.retrieval.dense import Encoder
from tasks.retrieval.index import Reranker, SearchIndex, reorder
from tasks.retrieval.opening import open_corpus

Open = Callable[..., SearchIndex]


class LongestFirst:
    """A reranker that likes long texts, and remembers what it was asked."""

    def __init__(self, bad: list[float] | None = None) -> None:
        self.asked: list[int] = []
        self._bad = bad

    def score(self, query: str, texts: Sequence[str]) -> list[float]:
        self.asked.append(len(texts))
        return self._bad if self._bad is not None else [float(len(text)) for text in texts]


@pytest.fixture
def opened(library: Path, tmp_path: Path, encoder: Encoder) -> Open:
    def open_with(reranker: Reranker | None = None, **fields: object) -> SearchIndex:
        spec = CorpusSpec.model_validate({"folder": "library", **fields})
        return open_corpus(spec, roots=[tmp_path], cache_folder=tmp_path / "c", encoder=encoder, reranker=reranker)

    return open_with


def test_the_passage_that_shares_words_comes_first(opened: Open) -> None:
    hits = opened().search("what do cats eat", k=3)
    assert hits[0].passage.source == "page.html"
    assert [hit.rank for hit in hits] == [1, 2, 3]
    assert hits[0].lexical_rank == 1
    assert hits[0].dense_rank is not None
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


@pytest.mark.parametrize(("method", "has_lexical", "has_dense"), [("lexical", True, False), ("dense", False, True)])
def test_one_method_alone_leaves_the_other_rank_empty(
    opened: Open, method: str, has_lexical: bool, has_dense: bool
) -> None:
    hits = opened(method=method).search("lava erupt volcanoes", k=6)
    assert hits[0].passage.passage_id == "paper.pdf#1"
    assert all((hit.lexical_rank is not None) == has_lexical for hit in hits)
    assert all((hit.dense_rank is not None) == has_dense for hit in hits)


def test_a_query_that_shares_no_word_is_still_answered_by_meaning(opened: Open) -> None:
    hits = opened().search("zzz qqq", k=2)
    assert len(hits) == 2
    assert all(hit.lexical_rank is None for hit in hits)


@pytest.mark.parametrize("query", ["", "  \n"])
def test_an_empty_query_finds_nothing(opened: Open, query: str) -> None:
    assert opened().search(query, k=3) == []


def test_k_beyond_the_corpus_gives_all_of_it_and_k_below_one_is_refused(opened: Open) -> None:
    index = opened()
    assert len(index.search("cats", k=500)) == len(index.passages) == 6
    with pytest.raises(ValueError, match="k must be at least 1"):
        index.search("cats", k=0)


def test_the_reranker_orders_the_best_and_only_where_asked(opened: Open) -> None:
    reranker = LongestFirst()
    assert opened(reranker, rerank=0).search("cats", k=2)[0].passage.source == "page.html"
    assert reranker.asked == []
    hits = opened(reranker, rerank=6).search("cats", k=2)
    assert reranker.asked == [6]
    assert len(hits) == 2


def test_the_reranker_s_order_is_fused_with_the_search_s() -> None:
    passages = [(number, Passage(str(number), "", "x" * length, "")) for number, length in [(4, 1), (7, 3), (9, 2)]]
    fused = reorder(LongestFirst(), "q", passages)
    assert fused == [
        (7, pytest.approx(1 / 12 + 1 / 11)),
        (4, pytest.approx(1 / 11 + 1 / 13)),
        (9, pytest.approx(1 / 13 + 1 / 12)),
    ]


def test_a_rerank_below_k_still_orders_k_hits(opened: Open) -> None:
    assert len(opened(LongestFirst(), rerank=1).search("cats", k=4)) == 4


@pytest.mark.parametrize("bad", [[], [1.0], [float("nan")] * 6, [float("inf")] * 6])
def test_a_reranker_that_gives_no_score_is_an_error(opened: Open, bad: list[float]) -> None:
    with pytest.raises(WorkFailedError, match="one finite score for each passage"):
        opened(LongestFirst(bad), rerank=6).search("cats", k=2)


def test_a_corpus_of_empty_documents_is_refused(tmp_path: Path, encoder: Encoder) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "empty.txt").write_text(" \n", encoding="utf-8")
    with pytest.raises(BadInputError, match="docs: holds no text"):
        open_corpus(CorpusSpec(folder="docs"), roots=[tmp_path], cache_folder=tmp_path / "c", encoder=encoder)


def test_documents_left_out_are_named_again_from_the_cache(library: Path, opened: Open, encrypted_pdf: bytes) -> None:
    (library / "bad.txt").write_bytes(b"\xff")
    (library / "empty.md").write_bytes(b"")
    (library / "secret.pdf").write_bytes(encrypted_pdf)
    for _ in range(2):
        assert opened(on_unreadable="skip").left_out == (
            LeftOut("bad.txt", "line 1 is not UTF-8 text"),
            LeftOut("empty.md", "holds no text"),
            LeftOut("secret.pdf", "is an encrypted PDF"),
        )


def test_a_corpus_of_which_nothing_can_be_read_says_so_of_its_documents(library: Path, opened: Open) -> None:
    for path in library.rglob("*.*"):
        path.unlink()
    for number in range(5):
        (library / f"{number}.txt").write_bytes(b"\xff")
    with pytest.raises(BadInputError, match=r"library: holds no text: 0\.txt line 1 is not UTF-8 text; 1\.txt .*; …$"):
        opened(on_unreadable="skip")


@pytest.mark.parametrize("method", ["fused", "lexical", "dense"])
def test_a_corpus_of_one_passage_can_be_searched(library: Path, opened: Open, method: str) -> None:
    for path in library.rglob("*.*"):
        path.unlink()
    (library / "one.txt").write_text("Cats eat fish.", encoding="utf-8")
    hits = opened(method=method).search("what do cats eat", k=5)
    assert [hit.passage.passage_id for hit in hits] == ["one.txt#1"]


def test_equal_documents_are_both_found_in_the_order_of_their_paths(library: Path, opened: Open) -> None:
    for name in ("b.txt", "a.txt"):
        (library / name).write_text("Zebras have stripes.", encoding="utf-8")
    hits = opened().search("zebras stripes", k=2)
    assert [hit.passage.source for hit in hits] == ["a.txt", "b.txt"]
