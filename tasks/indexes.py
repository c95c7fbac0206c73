"""The indexes of a run's corpora, opened once per process."""

from __future__ import annotations

import threading
from functools import lru_cache
from pathlib import Path

from tasks.jobs.corpora import locate_corpora
from tasks.models.weights_store import cache_folder
from tasks.retrieval.corpus import CorpusSpec
from tasks.retrieval.index import Index, Reranker
from tasks.run_context import RunContext

_lock = threading.Lock()


def index_name(corpus: str) -> str:
    """What the ledger calls the index of a corpus, in the place of a model."""
    return f"index:{corpus}"


def index_of(context: RunContext, corpus: str) -> Index:
    """The index of one of the job's corpora; several chunks that ask at once build it once."""
    base, roots = Path(context.manifest.job_file).parent, tuple(Path(root) for root in context.manifest.roots)
    with _lock:
        return open_index(locate_corpora(context.job, base=base, roots=roots)[corpus], roots)


@lru_cache(maxsize=8)
def open_index(spec: CorpusSpec, roots: tuple[Path, ...]) -> Index:
    """Open or build the index of a corpus."""
    from tasks.retrieval.opening import open_corpus

    return open_corpus(spec, roots=roots, cache_folder=cache_folder(), reranker=reranker() if spec.rerank else None)


def reranker() -> Reranker:
    """The cross-encoder that orders the best passages again."""
    from tasks.models.reranker import shared_reranker

    return shared_reranker()
