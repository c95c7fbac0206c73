"""Decisions by a table of 100 rules over 20 models, beside LiteLLM's Router: `python -m tests.benchmarks.route_rules`.

Times are CPU time, so that other processes do not count. Requests are the shipped labelled examples, or the prompts
under `--data`; each is decided alone, and all in one chunk. The Router picks among as many deployments of one model, by
its default strategy, with nothing to weigh.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from itertools import cycle, islice
from pathlib import Path

import duckdb
import numpy as np
import yaml

from policies.catalogue import parse_catalogue
from policies.rules import RulesPolicy, parse_rules
from policies.tokens import estimate_tokens
from policies.types import Catalogue, Request, RoutingState
from tasks.models.litellm_setup import load_litellm
from tests.benchmarks.large_ledger.figures import Figure, report

N_RULES, N_MODELS = 100, 20
SINGLE_BAR_US, CHUNK_BAR = 100.0, 50_000.0
EXAMPLES = Path(__file__).parents[2] / "policies" / "examples"
TASK_TYPES = ("classify", "rewrite", "extract", "generate", "summarize", "judge", "code", "translate")
PROMPTS = "SELECT DISTINCT prompt FROM read_parquet(?) ORDER BY ALL"


def made_catalogue() -> Catalogue:
    """Models that differ in price, limits and skills."""
    models = [
        {
            "name": f"model-{i}",
            "deployments": [{"litellm_model": f"openai/model-{i}"}],
            "price": {"input": f"{(i + 1) / 10}", "output": f"{(i + 1) / 2}"},
            "context_window": 4000 * (1 + i % 5),
            "max_output_tokens": 1000,
            "prior_quality": {"default": round(0.3 + i / 40, 3)},
            "skills": ["lang:en", *(["region:eu"] if i % 2 else []), *(["hipaa"] if i % 3 else [])],
            "has_structured_output": i % 4 > 0,
        }
        for i in range(N_MODELS)
    ]
    return parse_catalogue(yaml.safe_dump({"models": models}), file="models of the benchmark")


def made_rules(texts: Sequence[str]) -> str:
    """Rules of each kind; their words are taken from the texts, so that some of them are found."""
    words = sorted({word for text in texts[::7] for word in text.split() if word.isalpha() and len(word) > 6})
    rules: list[dict[str, object]] = []
    for i in range(N_RULES - 1):
        task_type = TASK_TYPES[i % len(TASK_TYPES)]
        some = [words[(37 * i + 11 * k) % len(words)] for k in range(4)]
        whens: tuple[dict[str, object], ...] = (
            {"task_type": task_type, "keywords": some},
            {"task_type": task_type, "tags_any": [f"team-{i}", f"team-{i + 1}"]},
            {"regex": rf"(?i)\b{some[0]}\s+(of|in|the)\s+\w+", "step": "answer"},
            {"task_type": task_type, "min_characters": 200 + 40 * i, "tags_all": ["paid"]},
            {"job": f"job-{i}", "keywords": some[:2]},
        )
        names = [f"model-{(i + k) % N_MODELS}" for k in range(3)]
        uses: tuple[dict[str, object], ...] = (
            {"shortlist": names},
            {"model": names[0]},
            {"shortlist": names, "policy": "performance"},
        )
        rules.append({"name": f"rule-{i}", "when": whens[i % len(whens)], "use": uses[i % len(uses)]})
    return yaml.safe_dump({"rules": rules, "default": {"use": {"policy": "performance"}}}, sort_keys=False)


def texts_of(data: Path | None) -> list[str]:
    """The prompts under a folder, or the shipped examples."""
    if data is not None:
        return [row[0] for row in duckdb.execute(PROMPTS, [str(data / "llmrouter.parquet")]).fetchall()]
    return [text for file in sorted(EXAMPLES.glob("*.yaml")) for text in yaml.safe_load(file.read_text())["examples"]]


def made_requests(texts: Sequence[str], n: int) -> list[Request]:
    """As many requests, of all task types, some tagged, some with needs."""
    return [
        Request(
            call_id=f"call-{i}",
            item_id=f"item-{i}",
            step="answer" if i % 2 else "draft",
            task_type=TASK_TYPES[i % len(TASK_TYPES)],
            text=text,
            input_tokens=estimate_tokens(text) + 40,
            max_output_tokens=256,
            tags=frozenset({f"team-{i % 150}", "paid"} if i % 3 else {"free"}),
            needs=frozenset({"hipaa"} if i % 5 == 0 else ()),
            is_structured=i % 7 == 0,
            job=f"job-{i % 120}",
        )
        for i, text in enumerate(islice(cycle(texts), n))
    ]


def microseconds_of(work: Callable[[int], object], n: int) -> np.ndarray:
    """CPU time of this thread for each of `n` calls, after a tenth of them that is not counted."""
    taken = []
    for i in range(n + n // 10):
        started = time.thread_time_ns()
        work(i)
        taken.append((time.thread_time_ns() - started) / 1000)
    return np.array(taken[n // 10 :])


def figures(data: Path | None, *, n_chunk: int, n_single: int) -> Iterator[Figure]:
    """Decisions one by one, in a chunk, with and without a budget; then the Router's choices."""
    texts = texts_of(data)
    catalogue = made_catalogue()
    policy = RulesPolicy(parse_rules(made_rules(texts), file="rules of the benchmark", catalogue=catalogue))
    requests = made_requests(texts, n_chunk)
    state = RoutingState()
    singles = microseconds_of(
        lambda i: policy.decide([requests[i % n_chunk]], catalogue, weights=None, state=state), n_single
    )
    yield Figure("one decision, p50", float(np.percentile(singles, 50)), "µs")
    yield Figure("one decision, p99", float(np.percentile(singles, 99)), "µs", SINGLE_BAR_US)
    for name, each in (("", state), (" within a budget", RoutingState(remaining_usd=Decimal("0.5")))):
        rates = [n_chunk / seconds_of_chunk(policy, requests, catalogue, state=each) for _ in range(5)]
        bar = None if name else CHUNK_BAR
        yield Figure(f"decisions in a chunk of {n_chunk:,}{name}", float(np.median(rates)), "/s", bar, is_floor=True)
    router = router_of(catalogue)
    messages = [[{"role": "user", "content": text}] for text in texts]

    def choose(i: int) -> object:
        return router.get_available_deployment(model="group", messages=messages[i % len(messages)])

    choices = microseconds_of(choose, n_single)
    yield Figure("LiteLLM Router's choice, p50", float(np.percentile(choices, 50)), "µs")
    yield Figure("LiteLLM Router's choice, p99", float(np.percentile(choices, 99)), "µs")
    yield Figure(
        "Router's p50 over ours", float(np.percentile(choices, 50) / np.percentile(singles, 50)), "×", 1, is_floor=True
    )


def seconds_of_chunk(
    policy: RulesPolicy, requests: Sequence[Request], catalogue: Catalogue, *, state: RoutingState
) -> float:
    """CPU seconds of one core for one chunk."""
    started = time.process_time()
    policy.decide(requests, catalogue, weights=None, state=state)
    return time.process_time() - started


def router_of(catalogue: Catalogue):  # type: ignore[no-untyped-def]  # LiteLLM's Router has no types of its own
    """LiteLLM's Router over as many deployments of one model."""
    return load_litellm().Router(
        model_list=[
            {
                "model_name": "group",
                "litellm_params": {"model": f"openai/{model.name}", "api_key": "none"},
                "model_info": {"id": model.name},
            }
            for model in catalogue.models
        ]
    )


def main() -> int:
    """Measure and report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, help="folder of llmrouter.parquet; the shipped examples without it")
    parser.add_argument("--chunk", type=int, default=10_000, help="requests in a chunk")
    parser.add_argument("--single", type=int, default=5_000, help="decisions one by one")
    options = parser.parse_args()
    return report("route_rules", figures(options.data, n_chunk=options.chunk, n_single=options.single))


if __name__ == "__main__":
    sys.exit(main())
