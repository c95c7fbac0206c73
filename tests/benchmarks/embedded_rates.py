"""Tokens per CPU-second of the embedded models, and the notional prices that follow: `make bench-embedded_rates`.

The prices in policies/catalog.yaml are these rates at an assumed price of a CPU-hour. A bar holds where the catalogue's
price is within a factor of two of the one measured here: CPUs differ by more than prices are worth arguing about.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import sys
import time
from dataclasses import dataclass

from policies.types import Price
from tasks.models.client import Message
from tasks.models.inventory import weights_of
from tasks.models.llama import LlamaAnswer, LlamaCall, LlamaPool
from tasks.models.weights_store import require
from tasks.run_context import load_catalogue
from tasks.settings import shipped

MODELS = ("smollm2-135m", "qwen2.5-coder-0.5b")
USD_PER_CPU_HOUR = 0.05
ROUNDS = 3
PASSAGE = "Wrap the single paragraph in text so that every line is at most width characters long. " * 16
TOLERATED_FACTOR = 2.0


@dataclass(frozen=True, slots=True)
class Rates:
    """Tokens per CPU-second of one thread, prompt and generated."""

    prompt: float
    generated: float


def cpu_s_of(pool: LlamaPool, call: LlamaCall) -> tuple[float, LlamaAnswer]:
    """The CPU seconds of this process, all threads, that one call takes."""
    began = time.process_time()
    answer = asyncio.run(pool.complete(call))
    return time.process_time() - began, answer


def measure_rates(model: str) -> Rates:
    """Median rates over a few rounds: a long prompt with one token out, and a short prompt with many."""
    pool = LlamaPool(require(weights_of(model)[0]), n_workers=1)
    try:
        cpu_s_of(pool, LlamaCall((Message("user", "Hello"),), 1))  # loads the model
        prompts = [prompt_rate(pool, number) for number in range(ROUNDS)]
        generated = [generated_rate(pool, number, prompts[number]) for number in range(ROUNDS)]
    finally:
        pool.close()
    return Rates(statistics.median(prompts), statistics.median(generated))


def prompt_rate(pool: LlamaPool, number: int) -> float:
    """Prompt tokens per CPU-second."""
    cpu_s, answer = cpu_s_of(pool, LlamaCall((Message("user", f"{number}. {PASSAGE}"),), 1))
    return answer.input_tokens / cpu_s


def generated_rate(pool: LlamaPool, number: int, prompt: float) -> float:
    """Generated tokens per CPU-second, the prompt's own time taken off."""
    call = LlamaCall((Message("user", f"{number}. Write a long story about a railway."),), 64)
    cpu_s, answer = cpu_s_of(pool, call)
    return answer.output_tokens / (cpu_s - answer.input_tokens / prompt)


def usd_per_million(rate: float) -> float:
    """The notional price of a million tokens at a rate."""
    return 1e6 / rate * USD_PER_CPU_HOUR / 3600


def results_of(model: str, rates: Rates, price: Price) -> list[dict[str, object]]:
    """Each price of a model beside the one that the measured rate gives."""
    rows = []
    for name, rate, listed in (("input", rates.prompt, price.input), ("output", rates.generated, price.output)):
        measured = usd_per_million(rate)
        factor = max(float(listed or 0) / measured, measured / float(listed or 1e-12))
        print(f"{model:20} {name:7} {rate:8.1f} tokens/CPU-s   {measured:.6f} USD/M   catalogue {listed} USD/M")
        rows.append({
            "name": f"{model} {name}: factor between catalogue and measured price",
            "value": round(factor, 2), "bar": TOLERATED_FACTOR, "ok": factor <= TOLERATED_FACTOR,
        })  # fmt: skip
    return rows


def main() -> None:
    """Measure, print a table, and one JSON object as the last line; exit 1 if a bar fails."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", help="Not used: this benchmark needs no data.")
    parser.parse_args()
    catalogue = load_catalogue(shipped("policies") / "catalog.yaml")
    results = [row for model in MODELS for row in results_of(model, measure_rates(model), catalogue[model].price)]
    print(json.dumps({"bench": "embedded_rates", "results": results}))
    sys.exit(0 if all(row["ok"] for row in results) else 1)


if __name__ == "__main__":
    main()
