"""Decisions by predictions of each text, on one core: `python -m tests.benchmarks.route_performance`.

Features, prediction and decision, in CPU time of one thread: of prompts of `llmrouter.parquet` after learning from half
of the others, among its nine models under a budget, in a chunk and one by one. First with the vector of each text at
hand, then by a predictor that needs none, then with vectors that are computed anew, which the encoder's own time
decides. RouteLLM (Ong et al. 2024, arXiv 2406.18665, table 7) publishes 155 requests a second for its matrix
factorisation router, on a machine with a GPU, for vectors that an API had computed.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from pathlib import Path

import numpy as np
import yaml
from threadpoolctl import threadpool_limits

from policies.catalogue import parse_catalogue
from policies.performance import PerformancePolicy
from policies.predictor.packing import pack_predictor, predictor_name
from policies.predictor.predictor import Predictor
from policies.tokens import estimate_tokens
from policies.types import Catalogue, Decision, Request, RoutingState
from tasks import embeddings
from tasks.evaluation.predicting import PredictorRouter
from tasks.foreseeing import foresee
from tasks.predictors import InForce
from tests.benchmarks.large_ledger.figures import Figure, report
from tests.benchmarks.replaying.tables import load_suite

CACHED_BAR, PLAIN_BAR, SINGLE_BAR_MS = 5_000.0, 1_000.0, 20.0
ROUTELLM = 155.0
TIMES = 5
POLICY = PerformancePolicy()


def catalogue_of(models: Sequence[str]) -> Catalogue:
    """Models of prices that differ by two orders of magnitude."""
    entries = [
        {
            "name": name,
            "deployments": [{"litellm_model": f"openai/{number}"}],
            "price": {"input": f"{0.1 * 2**number:.2f}", "output": f"{0.4 * 2**number:.2f}"},
            "context_window": 100_000,
            "max_output_tokens": 4_000,
        }
        for number, name in enumerate(models)
    ]
    return parse_catalogue(yaml.safe_dump({"models": entries}), file="models of the benchmark")


def requests_of(texts: Sequence[str], task_types: Sequence[str]) -> list[Request]:
    """A request for each prompt."""
    return [
        Request(f"call-{i}", f"item-{i}", "answer", task_type, text, estimate_tokens(text), 400)
        for i, (text, task_type) in enumerate(zip(texts, task_types, strict=True))
    ]


def routing(predictor: Predictor, catalogue: Catalogue, budget_usd: Decimal) -> Callable[..., tuple[Decision, ...]]:
    """What routes requests, as a run does."""
    in_force, state = InForce(predictor_name(pack_predictor(predictor)), predictor), RoutingState(seed=0)

    def decide(requests: Sequence[Request]) -> tuple[Decision, ...]:
        foreseen = foresee(requests, POLICY, in_force)
        money = RoutingState(remaining_usd=budget_usd * len(requests), seed=state.seed)
        return POLICY.decide(foreseen, catalogue, weights=None, state=money)

    return decide


def rate_of(decide: Callable[..., object], requests: Sequence[Request], *, times: int = TIMES) -> float:
    """Requests per second of CPU time: the median of some chunks."""
    rates = []
    for _ in range(times):
        started = time.process_time()
        decide(requests)
        rates.append(len(requests) / (time.process_time() - started))
    return float(np.median(rates))


def slowest_ms(decide: Callable[..., object], requests: Sequence[Request]) -> float:
    """The 99th percentile of one decision, in milliseconds of CPU time."""
    taken = []
    for request in requests:
        started = time.process_time()
        decide([request])
        taken.append(1_000 * (time.process_time() - started))
    return float(np.percentile(taken, 99))


def forgetting(decide: Callable[..., object]) -> Callable[[Sequence[Request]], object]:
    """The same, with no vector at hand."""

    def anew(requests: Sequence[Request]) -> object:
        embeddings.forget()
        return decide(requests)

    return anew


def figures(data: Path, *, chunk: int, single: int) -> Iterator[Figure]:
    """Rates and times, and beside them what is published of a peer."""
    ((_, train, test),) = load_suite(data, "llmrouter").halves(range(1))
    requests = requests_of(test.prompts.texts[:chunk], test.prompts.task_types[:chunk])
    catalogue = catalogue_of(train.outcomes.models)
    decides = {}
    for is_embedded, name in ((True, "vectors at hand"), (False, "a predictor without vectors")):
        predictor = PredictorRouter(is_embedded).fit(train.prompts, train.outcomes, seed=0).predictor
        decide = decides[is_embedded] = routing(predictor, catalogue, Decimal("0.001"))
        n_models = len({made.model for made in decide(requests)})
        if n_models < 3:
            raise SystemExit(f"only {n_models} models were chosen: the budget does not bind as it should")
        rate = rate_of(decide, requests)
        bar = CACHED_BAR if is_embedded else PLAIN_BAR
        yield Figure(f"{name}: a chunk of {len(requests):,}", rate, "/s", bar, is_floor=True)
        yield Figure(f"{name}: over RouteLLM's {ROUTELLM:g}/s", rate / ROUTELLM, "×")
        yield Figure(f"{name}: one decision, p99", slowest_ms(decide, requests[:single]), "ms", SINGLE_BAR_MS)
    some = requests[: max(1, single // 4)]
    anew = forgetting(decides[True])
    # "Without the vector cached" may also be read so; then the encoder alone, some 100 texts a second, decides.
    yield Figure("vectors computed anew: a chunk", rate_of(anew, some, times=1), "/s", PLAIN_BAR, is_floor=True)
    yield Figure("vectors computed anew: one decision, p99", slowest_ms(anew, some), "ms", SINGLE_BAR_MS)


def main() -> int:
    """Measure and report; exits 1 where a bar fails or data is missing."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--chunk", type=int, default=2_000, help="requests in a chunk")
    parser.add_argument("--single", type=int, default=500, help="decisions one by one")
    options = parser.parse_args()
    if not (options.data / "llmrouter.parquet").exists():
        print(f"{options.data} has no llmrouter.parquet: name the folder by --data", file=sys.stderr)
        return 1
    with threadpool_limits(1):
        return report("route_performance", figures(options.data, chunk=options.chunk, single=options.single))


if __name__ == "__main__":
    sys.exit(main())
