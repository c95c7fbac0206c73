"""The indexes of a run's corpora, opened once per process."""

from __future__ import annotations

import threading
from functools import lru_cache
from pathlib import Path

from policies.errors import BadInputError
from tasks.jobs.corpora import locate_corpora
from tasks.models.inventory import weights_of
from tasks.models.weights_store import cache_folder, is_present
from tasks.pinned_corpora import PinnedCorpus, pin_corpus, pinned_corpus
from tasks.retrieval.corpus import CorpusSpec
from tasks.retrieval.index import Reranker, SearchIndex
from tasks.run_context import RunContext

_lock = threading.Lock()
RERANKED_BY = "extract"  # the embedded model that the cross-encoder belongs to


def index_name(corpus: str) -> str:
    """What the ledger calls the index of a corpus, in the place of a model."""
    return f"index:{corpus}"


def index_of(context: RunContext, corpus: str) -> SearchIndex:
    """The index of one of the job's corpora, of the content that it had when the run first asked for it.

    Several chunks that ask at once build it once. Raises `WorkFailedError` where the corpus has changed since and its
    index is gone, and as `open_corpus`.
    """
    base, roots = Path(context.manifest.job_file).parent, tuple(Path(root) for root in context.manifest.roots)
    spec = locate_corpora(context.job, base=base, roots=roots)[corpus]
    with _lock:
        pinned = pinned_corpus(context.folder, corpus)
        if pinned is not None:
            return open_index(spec, roots, pinned.fingerprint)
        fingerprint = fingerprint_of(spec, roots)
        index = open_index(spec, roots, fingerprint)
        pin_corpus(context.folder, corpus, PinnedCorpus(fingerprint, index.left_out))
        return index


def fingerprint_of(spec: CorpusSpec, roots: tuple[Path, ...]) -> str:
    """The hash of a corpus's content as it is now."""
    from tasks.retrieval.opening import find_source

    return find_source(spec, roots).fingerprint


@lru_cache(maxsize=8)
def open_index(spec: CorpusSpec, roots: tuple[Path, ...], fingerprint: str) -> SearchIndex:
    """Open or build the index of one content of a corpus."""
    from tasks.retrieval.opening import open_source, recall_source

    source = recall_source(spec, roots, fingerprint=fingerprint)
    return open_source(spec, source, cache_folder=cache_folder(), reranker=reranker() if spec.rerank else None)


def refuse_missing_reranker(spec: CorpusSpec) -> None:
    """Raise `BadInputError`, without a place, where the weights that a corpus is reranked by are not here."""
    if spec.rerank and any(not is_present(weight) for weight in weights_of(RERANKED_BY)):
        raise BadInputError("the weights that rerank needs are not here: `pointsman models pull` fetches them")


def reranker() -> Reranker:
    """The cross-encoder that orders the best passages again."""
    from tasks.models.reranker import shared_reranker

    return shared_reranker()
