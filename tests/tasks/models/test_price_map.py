"""Prices of LiteLLM's local map, exact, and unknown where the map says nothing."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from policies.catalogue import parse_catalogue
from policies.pricing import make_price
from policies.types import Catalogue, Deployment, Model
from tasks.models.price_map import find_entry, read_price_map, resolve_model, resolve_prices
from tasks.settings import shipped

ENTRY = {
    "litellm_provider": "openai",
    "input_cost_per_token": Decimal("1.5e-07"),
    "output_cost_per_token": Decimal("6e-07"),
    "cache_read_input_token_cost": Decimal("7.5e-08"),
    "input_cost_per_token_batches": Decimal("7.5e-08"),
}
PRICES = {
    "gpt-x": ENTRY,
    "azure/gpt-x": {**ENTRY, "litellm_provider": "azure", "input_cost_per_token": Decimal("2e-07")},
    "odd": {"litellm_provider": "openai", "input_cost_per_token": "free", "output_cost_per_token": Decimal(-1)},
}


def model(*strings: str) -> Model:
    deployments = tuple(Deployment(f"d{n}", string, string.split("/")[0]) for n, string in enumerate(strings))
    price = make_price("m", input=None, output=None, source="litellm")
    return Model("m", deployments, price, context_window=1000, max_output_tokens=100)


def test_rates_are_exact_per_million_tokens():
    price = resolve_model(model("openai/gpt-x"), PRICES).price
    assert (price.input, price.output) == (Decimal("0.15"), Decimal("0.6"))
    assert (price.cached, price.batch_input, price.batch_output) == (Decimal("0.075"), Decimal("0.075"), None)
    assert price.source == "litellm"


def test_the_dearest_deployment_sets_the_price():
    assert resolve_model(model("openai/gpt-x", "azure/gpt-x"), PRICES).price.input == Decimal("0.2")


@pytest.mark.parametrize("strings", [("openai/never-heard-of",), ("openai/gpt-x", "openai/nope"), ("openai/odd",)])
def test_what_the_map_does_not_say_stays_unknown(strings):
    price = resolve_model(model(*strings), PRICES).price
    assert (price.input, price.output) == (None, None)


@pytest.mark.parametrize(
    ("string", "found"),
    [("openai/gpt-x", True), ("azure/gpt-x", True), ("groq/gpt-x", False), ("openai/x", False)],
)
def test_an_entry_is_found_under_its_whole_name_or_at_its_own_provider(string, found):
    assert (find_entry(Deployment("d", string, "p"), PRICES) is not None) is found


def test_a_price_of_the_catalogue_is_left_alone():
    own = replace(model("openai/gpt-x"), price=make_price("m", input=Decimal(1), output=Decimal(2)))
    catalogue = Catalogue((own,), "v")
    assert resolve_prices(catalogue) is catalogue


def test_the_installed_map_knows_a_common_model_to_the_last_digit():
    price = resolve_prices(Catalogue((model("openai/gpt-4o-mini"),), "v")).models[0].price
    assert (price.input, price.output) == (Decimal("0.15"), Decimal("0.6"))
    assert len(read_price_map()) > 1000


def test_the_shipped_catalogue_says_of_the_models_that_the_map_says_see_that_they_take_images():
    text = (shipped("policies") / "providers.yaml").read_text()
    models, prices = parse_catalogue(text, file="providers.yaml").models, read_price_map()
    entries = {one.name: find_entry(one.deployments[0], prices) or {} for one in models}
    told = {one.name for one in models if "modality:image" in one.skills}
    assert told == {name for name, entry in entries.items() if entry.get("supports_vision") is True}
    assert told
