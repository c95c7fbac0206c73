"""Features and prediction of the predictor on one core: `python -m tests.benchmarks.predictor_speed`.

CPU time of one thread, on half of the prompts of `llmrouter.parquet` after learning from the other half, in chunks and
one by one, with the embedding known and without any.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from tasks.embeddings import embedded
from tasks.evaluation.predicting import PredictorRouter
from tests.benchmarks.large_ledger.figures import Figure, report
from tests.benchmarks.replaying.tables import load_suite

CACHED_BAR, PLAIN_BAR, SINGLE_BAR_MS = 5_000.0, 1_000.0, 20.0
N_SINGLE = 500


def figures(data: Path, *, chunk: int) -> Iterator[Figure]:
    """Requests per second in chunks, and milliseconds for one."""
    ((_, train, test),) = load_suite(data, "llmrouter").halves(range(1))
    for is_embedded, name, bar in ((True, "embedding cached", CACHED_BAR), (False, "no embedding", PLAIN_BAR)):
        predictor = PredictorRouter(is_embedded).fit(train.prompts, train.outcomes, seed=0).predictor
        texts, task_types = test.prompts.texts[:chunk], test.prompts.task_types[:chunk]
        vectors = embedded(texts) if is_embedded else None
        rates = []
        for _ in range(5):
            started = time.process_time()
            predictor.predict(texts, task_types, embedding=vectors)
            rates.append(len(texts) / (time.process_time() - started))
        yield Figure(f"{name}: a chunk of {len(texts):,}", float(np.median(rates)), "/s", bar, is_floor=True)
        taken = []
        for i in range(min(N_SINGLE, len(texts))):
            one = None if vectors is None else vectors[i : i + 1]
            started = time.process_time()
            predictor.predict(texts[i : i + 1], task_types[i : i + 1], embedding=one)
            taken.append(1_000 * (time.process_time() - started))
        yield Figure(f"{name}: one request, p99", float(np.percentile(taken, 99)), "ms", SINGLE_BAR_MS)


def main() -> int:
    """Measure and report; exits 1 where a bar fails or data is missing."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--chunk", type=int, default=2_000)
    options = parser.parse_args()
    if not (options.data / "llmrouter.parquet").exists():
        print(f"{options.data} has no llmrouter.parquet: name the folder by --data", file=sys.stderr)
        return 1
    with threadpool_limits(1):
        return report("predictor_speed", figures(options.data, chunk=options.chunk))


if __name__ == "__main__":
    sys.exit(main())
