"""Retrieval over the standard library's docstrings: recall per method, build and open times, time per query.

`python -m tests.benchmarks.retrieval [--questions FILE …]` prints a table, and as its last line one JSON object. A
question's recall at k is the share of its sources that are among the first k hits; questions without a source (not
answerable from the corpus) are left out. The fusion weights were chosen on `retrieval_questions.jsonl`, but the demo's
own questions had been looked at by then: neither file is a clean held-out set.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from policies.errors import WorkFailedError
from tasks.retrieval.corpus import CorpusSpec
from tasks.retrieval.dense import sentence_encoder
from tasks.retrieval.index import Reranker, SearchIndex
from tasks.retrieval.index_store import StoredIndex
from tasks.retrieval.lexical import LexicalSearcher
from tasks.retrieval.opening import find_source, open_corpus, open_parts
from tasks.retrieval.words import plain_words

ROOT = Path(__file__).resolve().parents[2]
OWN = Path(__file__).with_name("retrieval_questions.jsonl")
DEMO = ROOT / "flows" / "jobs" / "stdlib_qa.jsonl"
SPEC = CorpusSpec(builder="python_stdlib", rerank=20)
CUTS = (1, 3, 5)
OPEN_ONCE = """
import sys, time
started_s = time.perf_counter()
from pathlib import Path
from tasks.retrieval.corpus import CorpusSpec
from tasks.retrieval.opening import open_corpus
index = open_corpus(CorpusSpec(builder="python_stdlib"), roots=[], cache_folder=Path(sys.argv[1]))
opened_s = time.perf_counter()
index.search("Which function sorts a list?", k=5)
print(opened_s - started_s, time.perf_counter() - opened_s)
"""


@dataclass(frozen=True, slots=True)
class Question:
    """A question and the qualified names of the passages that answer it."""

    text: str
    sources: frozenset[str]


@dataclass(frozen=True, slots=True)
class Result:
    """One figure; without a bar it is only reported."""

    name: str
    value: float
    bar: float | None = None
    is_at_most: bool = False

    @property
    def is_ok(self) -> bool:
        if self.bar is None:
            return True
        return self.value <= self.bar if self.is_at_most else self.value >= self.bar


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark; 1 where a bar fails."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--questions", type=Path, nargs="*", default=[OWN, *([DEMO] if DEMO.exists() else [])])
    parser.add_argument("--data", type=Path, help="not used: the corpus is the running interpreter")
    options = parser.parse_args(arguments)
    results = []
    with tempfile.TemporaryDirectory() as cache:
        results += measure_times(Path(cache))
        stored = open_parts(SPEC, find_source(SPEC, []), cache_folder=Path(cache))
        for file in options.questions:
            results += measure_recall(stored, file)
    print(json.dumps({"bench": "retrieval", "results": [as_row(result) for result in results]}))
    return 0 if all(result.is_ok for result in results) else 1


def measure_times(cache: Path) -> list[Result]:
    """Build cold, then open warm here and in a new process; the bars are on CPU time, as other work may be going on."""
    cold_s, cold_cpu_s, index = time_opening(cache)
    warm_s, warm_cpu_s, _ = time_opening(cache)
    command = [sys.executable, "-c", OPEN_ONCE, str(cache)]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    fresh_s, first_s = (float(part) for part in done.stdout.split())
    results = [
        Result("passages", len(index.passages), 2500),
        Result("build cold, CPU s", cold_cpu_s, 20, is_at_most=True),
        Result("build cold, s", cold_s),
        Result("open warm, CPU s", warm_cpu_s, 1, is_at_most=True),
        Result("open warm, s", warm_s),
        Result("open warm in a new process with imports, s", fresh_s),
        Result("first query in a new process (reads the encoder), s", first_s),
    ]
    for result in results:
        print(f"{result.name:<54}{result.value:>10.2f}")
    return results


def time_opening(cache: Path) -> tuple[float, float, SearchIndex]:
    """Open the corpus: seconds by the clock, CPU seconds of this process and its children, and the index."""
    started_s, started_cpu_s = time.perf_counter(), sum(os.times()[:4])
    index = open_corpus(SPEC, roots=[], cache_folder=cache)
    return time.perf_counter() - started_s, sum(os.times()[:4]) - started_cpu_s, index


def measure_recall(stored: StoredIndex, file: Path) -> list[Result]:
    """Recall at each cut and milliseconds per query, per method, over one file of questions."""
    questions = read_questions(file, {passage.source for passage in stored.passages})
    print(f"\n{file.name}: {len(questions)} questions with a source, {len(stored.passages)} passages")
    print(f"{'method':<34}" + "".join(f"{f'R@{cut}':>8}" for cut in CUTS) + f"{'MRR':>8}{'ms/query':>10}")
    sentence_encoder().encode(["warm"])
    results = []
    for name, index in variants(stored).items():
        recalls, reciprocal, query_ms = search_all(index, questions)
        print(f"{name:<34}" + "".join(f"{recalls[c]:>8.2f}" for c in CUTS) + f"{reciprocal:>8.3f}{query_ms:>10.1f}")
        bar = 0.85 if name == "fused" else None
        results += [Result(f"{file.stem}: {name} R@{cut}", recalls[cut], bar if cut == 5 else None) for cut in CUTS]
        results.append(Result(f"{file.stem}: {name} ms/query", query_ms))
    return results


def variants(stored: StoredIndex) -> dict[str, SearchIndex]:
    """Every method by name, over the same passages."""
    plain = LexicalSearcher.build(stored.passages, split=plain_words)
    passages, split, dense = stored.passages, stored.lexical, stored.dense
    found = {
        "BM25, plain words": SearchIndex(passages, lexical=plain, dense=dense, method="lexical"),
        "BM25, identifiers split": SearchIndex(passages, lexical=split, dense=dense, method="lexical"),
        "dense": SearchIndex(passages, lexical=split, dense=dense, method="dense"),
        "fused, plain words": SearchIndex(passages, lexical=plain, dense=dense),
        "fused": SearchIndex(passages, lexical=split, dense=dense),
    }
    if reranker := find_reranker():
        found["fused, reranked"] = SearchIndex(
            passages, lexical=split, dense=dense, reranker=reranker, rerank=SPEC.rerank
        )
    return found


def find_reranker() -> Reranker | None:
    """The cross-encoder, where its weights are on this machine; None, with a line that says so, where they are not."""
    from tasks.models.reranker import shared_reranker

    try:
        return shared_reranker()
    except WorkFailedError as error:
        print(f"  (no row for the reranker: {error})")
        return None


def search_all(index: SearchIndex, questions: Sequence[Question]) -> tuple[dict[int, float], float, float]:
    """Mean recall by cut, mean reciprocal rank of the first source, and milliseconds per query."""
    recalls = dict.fromkeys(CUTS, 0.0)
    reciprocal = 0.0
    started_s = time.perf_counter()
    for question in questions:
        found = [hit.passage.source for hit in index.search(question.text, k=20)]
        for cut in CUTS:
            recalls[cut] += len(question.sources & set(found[:cut])) / len(question.sources) / len(questions)
        first = next((rank for rank, source in enumerate(found, start=1) if source in question.sources), None)
        reciprocal += (1 / first if first else 0.0) / len(questions)
    return recalls, reciprocal, (time.perf_counter() - started_s) / len(questions) * 1000


def read_questions(file: Path, known: set[str]) -> list[Question]:
    """The questions that have a source; a source that this interpreter lacks is named and left out."""
    questions = []
    for line in file.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        sources = frozenset([row["source"]] if isinstance(row["source"], str) else row["source"] or [])
        if missing := sources - known:
            print(f"  ({row['item_id']}: no passage for {', '.join(sorted(missing))})")
        if sources & known:
            questions.append(Question(row["question"], sources & known))
    return questions


def as_row(result: Result) -> dict[str, str | float | bool | None]:
    """A result as the last line's JSON has it."""
    return {"name": result.name, "value": round(result.value, 4), "bar": result.bar, "ok": result.is_ok}


if __name__ == "__main__":
    sys.exit(main())
