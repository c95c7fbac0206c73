"""A run searches the content that its corpora had when it first opened them, and knows what they lack."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from policies.errors import BadInputError, WorkFailedError
from tasks.indexes import index_of, open_index
from tasks.pinned_corpora import Gap, gaps_of
from tasks.run_context import RunContext, open_run
from tests.fakes.installations import JOB, Installation, open_folder

Install = Callable[..., Installation]
LENIENT = JOB.replace("method: lexical", "method: lexical, on_unreadable: skip")


def opened(installation: Installation, run_id: str = "run-1") -> RunContext:
    """The run as a process sees it that has opened no index yet."""
    run = open_folder(installation.request(run_id=run_id))
    open_run.cache_clear()
    open_index.cache_clear()
    return open_run(run)


def texts(context: RunContext) -> list[str]:
    return [passage.text for passage in index_of(context, "pond").passages]


def test_a_corpus_that_changes_between_the_plan_and_the_run_is_searched_as_it_is_when_the_run_asks(
    install: Install,
) -> None:
    installation = install()
    context = opened(installation)
    (installation.folder / "pond" / "ducks.md").write_text("Ducks dive.")
    assert texts(context) == ["Ducks dive."]


def test_a_run_goes_on_with_the_content_that_it_began_with(install: Install) -> None:
    installation = install()
    before = texts(opened(installation))
    (installation.folder / "pond" / "ducks.md").write_text("Ducks dive.")
    assert texts(opened(installation)) == before
    assert texts(opened(installation, "run-2")) == ["Ducks dive."]


def test_two_runs_of_one_process_each_search_their_own_content(install: Install) -> None:
    installation = install()
    first = opened(installation)
    before = texts(first)
    (installation.folder / "pond" / "ducks.md").write_text("Ducks dive.")
    second = open_run(open_folder(installation.request(run_id="run-2")))
    assert texts(second) == ["Ducks dive."]
    assert texts(first) == before


def test_an_index_that_is_gone_is_built_again_from_the_same_content_only(install: Install) -> None:
    installation = install()
    before = texts(opened(installation))
    shutil.rmtree(installation.folder / "cache")
    assert texts(opened(installation)) == before
    shutil.rmtree(installation.folder / "cache")
    (installation.folder / "pond" / "ducks.md").write_text("Ducks dive.")
    with pytest.raises(WorkFailedError, match="pond has changed, and its earlier index is not in the cache any more"):
        texts(opened(installation))


def test_a_damaged_note_of_the_corpus_is_named(install: Install) -> None:
    installation = install()
    context = opened(installation)
    texts(context)
    context.folder.corpus("pond").write_text("{}")
    with pytest.raises(BadInputError, match=r"pond\.json: the run's note of its corpus is damaged"):
        gaps_of(context.folder)


@pytest.mark.parametrize("is_cached", [False, True])
def test_documents_that_were_left_out_are_known_of_the_run_also_from_a_cached_index(
    install: Install, is_cached: bool
) -> None:
    installation = install(job=LENIENT)
    write_bad(installation.folder / "pond")
    expected = [
        Gap("pond", "bad.txt", "line 1 is not UTF-8 text"),
        Gap("pond", "empty.html", "holds no text"),
    ]
    if is_cached:
        texts(opened(installation, "earlier"))
    context = opened(installation)
    assert gaps_of(context.folder) == []  # not opened yet
    texts(context)
    assert gaps_of(context.folder) == expected


def write_bad(pond: Path) -> None:
    (pond / "bad.txt").write_bytes(b"\xff")
    (pond / "empty.html").write_text("<script>render()</script>")


def test_a_run_without_gaps_has_none(install: Install) -> None:
    installation = install()
    texts(opened(installation))
    assert gaps_of(open_run(str(installation.home.runs / "run-1")).folder) == []
