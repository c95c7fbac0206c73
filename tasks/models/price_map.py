"""Prices from the map that LiteLLM ships, read as text: importing LiteLLM would take seconds."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import TypeAlias

from policies.errors import WorkFailedError
from policies.pricing import make_price
from policies.types import Catalogue, Deployment, Model

MAP_FILE = "litellm/model_prices_and_context_window_backup.json"
PER_MILLION = Decimal(1_000_000)
# Our field to the map's, both per token there.
FIELDS = {
    "input": "input_cost_per_token",
    "output": "output_cost_per_token",
    "cached": "cache_read_input_token_cost",
    "batch_input": "input_cost_per_token_batches",
    "batch_output": "output_cost_per_token_batches",
}
Entry: TypeAlias = Mapping[str, object]
Amounts: TypeAlias = dict[str, Decimal | None]


def resolve_prices(catalogue: Catalogue) -> Catalogue:
    """The catalogue with every `price: litellm` looked up; what the map does not know stays None (unknown)."""
    if not any(model.price.source == "litellm" for model in catalogue.models):
        return catalogue
    prices = read_price_map()
    return replace(catalogue, models=tuple(resolve_model(model, prices) for model in catalogue.models))


def resolve_model(model: Model, prices: Mapping[str, Entry]) -> Model:
    """One model priced; where its deployments' prices differ, each rate is the dearest, so that a budget holds."""
    if model.price.source != "litellm":
        return model
    found = [amounts_of(find_entry(deployment, prices)) for deployment in model.deployments]
    amounts = {field: dearest([each[field] for each in found]) for field in FIELDS}
    price = make_price(
        model.name,
        input=amounts["input"],
        output=amounts["output"],
        cached=amounts["cached"],
        batch_input=amounts["batch_input"],
        batch_output=amounts["batch_output"],
        source="litellm",
    )
    return replace(model, price=price)


def find_entry(deployment: Deployment, prices: Mapping[str, Entry]) -> Entry | None:
    """The map's entry of a model string: under its whole name, else under its name at the same provider."""
    name = deployment.litellm_model
    if name in prices:
        return prices[name]
    provider, _, bare = name.partition("/")
    entry = prices.get(bare)
    return entry if entry is not None and str(entry.get("litellm_provider", "")).startswith(provider) else None


def amounts_of(entry: Entry | None) -> Amounts:
    """USD per million tokens, exactly as the map's text has them; None for what is absent."""
    values = {field: (entry or {}).get(key) for field, key in FIELDS.items()}
    return {
        f: v * PER_MILLION if isinstance(v, Decimal) and v.is_finite() and v >= 0 else None for f, v in values.items()
    }


def dearest(rates: list[Decimal | None]) -> Decimal | None:
    """The highest rate; None as soon as one is unknown."""
    known = [rate for rate in rates if rate is not None]
    return max(known) if known and len(known) == len(rates) else None


@cache
def read_price_map() -> Mapping[str, Entry]:
    """The map that is installed with LiteLLM, amounts as exact decimals."""
    path = Path(str(metadata.distribution("litellm").locate_file(MAP_FILE)))
    try:
        read: object = json.loads(path.read_text(encoding="utf-8"), parse_float=Decimal, parse_int=Decimal)
    except (OSError, ValueError) as error:
        raise WorkFailedError(f"LiteLLM's price map can't be read: {error}") from error
    return {str(k): v for k, v in read.items() if isinstance(v, dict)} if isinstance(read, dict) else {}
