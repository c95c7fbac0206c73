"""The task *retrieve*: the passages for each item of a chunk, from a local index."""

from __future__ import annotations

from collections.abc import Sequence

from prefect import task
from prefect.cache_policies import NO_CACHE

from policies.errors import WorkFailedError
from tasks.clock import clock_s, now
from tasks.identifiers import call_id_of
from tasks.indexes import index_name, index_of
from tasks.jobs.context import RenderError
from tasks.jobs.prompts import render_shown
from tasks.jobs.steps import RetrieveStep
from tasks.ledger import spool_of
from tasks.redaction.shielding import shielded
from tasks.requests import context_of, open_items
from tasks.results import ItemState, StepResult, save_results, settle_failure
from tasks.retrieval.index import Hit, Index
from tasks.run_context import RunContext, open_run
from tasks.searches import Search, search_records


@task(task_run_name="retrieve {step} · chunk {chunk}", cache_policy=NO_CACHE)
@shielded
def retrieve(run: str, chunk: int, step: str) -> str:
    """Search the step's corpus for each item of a chunk; returns the path of the results."""
    context = open_run(run)
    path = context.folder.results(chunk, step)
    if path.exists():
        return str(path)
    states, left_out = open_items(context, chunk, step=step)
    searched = search_items(states, context, step=context.retrieve_step(step))
    searches = [search for _, search in searched if search is not None]
    version, keep_text = context.catalogue.version, context.keep_text
    records = [r for one in searches for r in search_records(one, catalogue_version=version, keep_text=keep_text)]
    if records:  # a spool resolves the future of nothing only with the next record of someone else
        spool_of(context.home).append(*records).result()
    save_results(context.folder, chunk, step=step, results=[*left_out, *(result for result, _ in searched)])
    return str(path)


def search_items(
    states: Sequence[ItemState], context: RunContext, *, step: RetrieveStep
) -> list[tuple[StepResult, Search | None]]:
    """The passages for each item and the account of its search; the index is opened where there is an item."""
    if not states:
        return []
    index, run_id = index_of(context, step.corpus), context.folder.run_id
    return [search_item(state, index, step=step, run_id=run_id) for state in states]


def search_item(state: ItemState, index: Index, *, step: RetrieveStep, run_id: str) -> tuple[StepResult, Search | None]:
    """The passages for one item, as the next steps' templates see them, and the search's account.

    A query that can't be rendered, or a search that fails, is this item's failure alone.
    """
    try:
        query = render_shown(step.query, context_of(state), what="query")
    except RenderError as error:
        return settle_failure(step, state.item_id, error=str(error)), None
    name, call_id = index_name(step.corpus), call_id_of(run_id, state.item_id, step.name)
    started_at, started_s = now(), clock_s()
    hits, problem = search(index, query, k=step.k)
    latency_s = clock_s() - started_s
    account = Search(call_id, run_id, state.item_id, step.name, name, query, started_at, now(), latency_s, problem)
    if problem is not None:
        return settle_failure(step, state.item_id, error=problem, call_id=call_id), account
    return StepResult(state.item_id, "ok", [passage_of(hit) for hit in hits], call_id=call_id, model=name), account


def search(index: Index, query: str, *, k: int) -> tuple[list[Hit], str | None]:
    """The hits for a query, or why there are none to be had, such as a reranker that gives no scores."""
    try:
        return index.search(query, k=k), None
    except WorkFailedError as error:
        return [], str(error)


def passage_of(hit: Hit) -> dict[str, object]:
    """A hit as templates and scorers see it."""
    passage = hit.passage
    return {
        "passage_id": passage.passage_id,
        "title": passage.title,
        "text": passage.text,
        "source": passage.source,
        "rank": hit.rank,
    }
