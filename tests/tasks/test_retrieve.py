"""The passages for each item: one whose query or search fails is alone in that."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from policies.errors import BadInputError, WorkFailedError
from tasks.indexes import refuse_missing_reranker
from tasks.jobs.steps import RetrieveStep
from tasks.results import ItemState
from tasks.retrieval.corpus import CorpusSpec, Passage
from tasks.retrieval.index import Hit
from tasks.retrieve import search_item
from tests.fakes.installations import JOB, Installation, open_folder

Install = Callable[..., Installation]
STEP = RetrieveStep(name="find", kind="retrieve", corpus="pond", query="{{ item.question }}", k=2)


class MoodyIndex:
    """Finds one passage for a question, and breaks on one that says so."""

    def search(self, query: str, *, k: int) -> list[Hit]:
        if "break" in query:
            raise WorkFailedError("the reranker did not give one finite score for each passage")
        return [Hit(Passage("d#1", "Ducks", "Ducks swim.", "d"), 1.0, 1, 1, None)]


def item(question: str) -> ItemState:
    return ItemState("q0", {"question": question}, {})


def test_a_search_gives_passages_and_its_account() -> None:
    result, account = search_item(item("Do ducks swim?"), MoodyIndex(), step=STEP, run_id="run-1")
    assert result.status == "ok"
    assert result.output == [
        {"passage_id": "d#1", "title": "Ducks", "text": "Ducks swim.", "source": "d", "rank": 1}
    ]  # fmt: skip
    assert account is not None
    assert (account.call_id, account.problem) == (result.call_id, None)


@pytest.mark.parametrize(("on_error", "status"), [("fail_item", "failed"), ("skip", "skipped")])
def test_a_search_that_fails_is_its_items_failure_and_is_accounted_for(on_error: str, status: str) -> None:
    step = STEP.model_copy(update={"on_error": on_error})
    result, account = search_item(item("Please break."), MoodyIndex(), step=step, run_id="run-1")
    assert (result.status, result.error) == (status, "the reranker did not give one finite score for each passage")
    assert account is not None
    assert account.problem == result.error


def test_a_query_that_shows_nothing_is_no_search() -> None:
    result, account = search_item(item(" \u200b"), MoodyIndex(), step=STEP, run_id="run-1")
    assert (result.status, account) == ("failed", None)


def test_a_corpus_that_is_reranked_without_weights_is_refused_before_anything_is_sent(
    install: Install,
) -> None:
    installation = install(job=JOB.replace("method: lexical", "method: lexical, rerank: 5"))
    with pytest.raises(BadInputError, match=r"^corpora\.pond: the weights that rerank needs are not here: "):
        open_folder(installation.request())
    refuse_missing_reranker(CorpusSpec(folder="pond"))
