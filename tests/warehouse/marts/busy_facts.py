"""A few dozen calls with whatever happens to calls, drawn from a seed; every mart has rows of them."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from decimal import Decimal

from policies.pricing import cost_usd, make_price

Row = dict[str, object]
MODELS = {
    "small": make_price("small", input=Decimal("0.15"), output=Decimal("0.333333333"), cached=Decimal("0.0755")),
    "large": make_price("large", input=Decimal(3), output=Decimal(15)),
    "free": make_price("free", input=Decimal(0), output=Decimal(0), is_notional=True),
    "secret": make_price("secret", input=None, output=None),
}
CREDITS = [{"step": "answer", "final_step": "answer", "weight": 1}]
PROVIDERS = {"small": "openai", "large": "anthropic", "free": "embedded", "secret": "mistral"}


def busy_facts(n_calls: int = 60, *, seed: int = 0) -> Mapping[str, Sequence[Row]]:
    """Facts of two runs (one under way) and an import: retries, fallbacks, unknown costs, cached answers, scores."""
    rng = random.Random(seed)
    facts: dict[str, list[Row]] = {"decisions": [], "attempts": [], "scores": []}
    for n in range(n_calls):
        add_call(facts, n, rng=rng)
    facts["attempts"] += [import_of(n) for n in range(4)] + [search_of(n) for n in range(4)]
    facts["decisions"] += [search_decision(n) for n in range(4)]
    started = {"budget_usd": 1, "n_items": 30, "job": "qa", "credits": CREDITS}
    return {
        **facts,
        "run_starts": [{"run_id": run, **started} for run in ("run-0", "run-1")],
        "run_ends": [{"run_id": "run-0", "n_failed": 1}],
        "price_sightings": [*(sighting_of(model) for model in MODELS), INDEX_SIGHTING],
    }


def add_call(facts: dict[str, list[Row]], n: int, *, rng: random.Random) -> None:
    """One call: up to three attempts on one or two models, and up to three judgements."""
    run, call, first = f"run-{n % 2}", f"call-{n:03}", rng.choice(list(MODELS))
    facts["decisions"].append(decision_of(n, first, number=0, run=run))
    models = [first] * rng.choice([1, 1, 1, 2])
    if rng.random() < 0.25:
        models.append(rng.choice([model for model in MODELS if model != first]))
        facts["decisions"].append(decision_of(n, models[-1], number=1, run=run))
    for number, model in enumerate(models):
        is_last = number == len(models) - 1
        status = rng.choice(["ok"] * 8 + ["cached", "unknown"]) if is_last else rng.choice(["error", "timeout"])
        attempt = attempt_of(n, model, number=number, status=status, rng=rng)
        is_fallback = model != first
        attempt |= {"run_id": run, "is_fallback": is_fallback, "fallback_from": first if is_fallback else None}
        attempt |= {"decision_id": f"{call}-{int(is_fallback)}"}
        facts["attempts"].append(attempt)
    for source in rng.sample(["check", "judge", "human"], rng.choice([0, 1, 1, 2])):
        facts["scores"].append(
            {"score_id": f"{call}-{source}", "call_id": call, "source": source, "score": round(rng.random(), 3)}
        )


def decision_of(n: int, model: str, *, number: int, run: str) -> Row:
    """A decision between all the models."""
    candidates = [
        {"model": name, "eligible": True, "reason": "", "p_quality": 0.4 + 0.1 * place, "p_cost_usd": predicted(name)}
        for place, name in enumerate(MODELS)
    ]
    ids = {"decision_id": f"call-{n:03}-{number}", "call_id": f"call-{n:03}", "item_id": f"item-{n // 2}"}
    return {**ids, "run_id": run, "model": model, "propensity": 0.25, "candidates": candidates, "explored": n % 3 == 0}


def predicted(model: str) -> str | None:
    """What a call to a model is predicted to cost."""
    cost = cost_usd(MODELS[model], input_tokens=300, output_tokens=100)
    return None if cost is None else f"{cost:f}"


def attempt_of(n: int, model: str, *, number: int, status: str, rng: random.Random) -> Row:
    """One attempt with its tokens, priced as the product does it."""
    is_answered = status in ("ok", "cached")
    tokens = {
        "input_tokens": rng.randrange(1, 900),
        "output_tokens": rng.randrange(0, 200),
        "cached_tokens": rng.choice([0, 0, rng.randrange(0, 1000)]),
    }
    cost = cost_usd(MODELS[model], **tokens) if status == "ok" else {"cached": 0, "error": 0}.get(status)
    is_theirs = status == "ok" and rng.random() < 0.15
    cost = Decimal("0.0123") if is_theirs else cost
    counted = tokens if is_answered else dict.fromkeys(tokens)
    return {
        "attempt_id": f"call-{n:03}-attempt-{number}",
        "call_id": f"call-{n:03}",
        "item_id": f"item-{n // 2}",
        "model": model,
        "deployment": f"{model}-eu",
        "provider": PROVIDERS[model],
        "price_id": MODELS[model].price_id,
        "attempt_no": number + 1,
        "status": status,
        "error_type": None if is_answered or status == "unknown" else status,
        "cost_usd": None if cost is None else f"{cost:f}",
        "cost_source": "unknown" if cost is None else "provider" if is_theirs else "priced",
        "reserved_usd": "0.05" if model != "secret" else None,
        "latency_s": None if status == "unknown" else round(rng.random(), 3),
        "started_at": f"2026-11-{24 + n % 3} 12:{n % 60:02}:{number:02}Z",
        "ended_at": None if status == "unknown" else f"2026-11-{24 + n % 3} 12:{n % 60:02}:{number + 1:02}Z",
        **counted,
    }


def import_of(n: int) -> Row:
    """An attempt that another tool recorded."""
    ids = {"attempt_id": f"import-{n}", "call_id": f"import-{n}", "run_id": "import", "item_id": f"import-{n}"}
    unknown = {"decision_id": None, "price_id": None, "prompt_hash": None, "queue_s": None}
    cost = {"cost_usd": "0.4", "cost_source": "provider"} if n else {"cost_usd": None, "cost_source": "unknown"}
    return {**ids, **unknown, **cost, "origin": "litellm-spend-logs", "model": "gpt", "provider": "azure"}


def search_of(n: int) -> Row:
    """A search, which is free."""
    ids = {"attempt_id": f"search-{n}", "call_id": f"search-{n}", "decision_id": f"search-{n}", "run_id": "run-0"}
    index = {"model": "index:docs", "deployment": "index:docs", "provider": "local", "price_id": "index"}
    return {**ids, **index, "task_type": "embed", "step": "find", "cost_usd": 0, "output_tokens": 0}


INDEX_SIGHTING: Row = {"price_id": "index", "model": "index:docs", "input": "0", "output": "0"}


def search_decision(n: int) -> Row:
    """The job's own choice of the index."""
    ids = {"decision_id": f"search-{n}", "call_id": f"search-{n}", "run_id": "run-0", "step": "find"}
    candidates = [{"model": "index:docs", "eligible": True, "reason": ""}]
    return {**ids, "task_type": "embed", "policy": "fixed", "model": "index:docs", "candidates": candidates}


def sighting_of(model: str) -> Row:
    """When a model's price was seen in force."""
    price = MODELS[model]
    amounts = {"input": price.input, "output": price.output, "cached": price.cached}
    texts = {name: None if amount is None else f"{amount:f}" for name, amount in amounts.items()}
    return {"price_id": price.price_id, "model": model, "is_notional": price.is_notional, **texts}
