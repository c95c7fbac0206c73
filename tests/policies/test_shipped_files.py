"""The catalogues and rules that ship are good, and agree with what they were derived from."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from importlib import metadata
from pathlib import Path

import pytest

from policies.catalogue import parse_catalogue
from policies.rule_lint import lint_rules
from policies.rules import RulesPolicy, parse_rules
from policies.types import Catalogue, Request, RoutingState

Read = Callable[[str], str]
PAIRS = (("catalog.yaml", "rules.yaml"), ("providers.yaml", "providers_rules.yaml"))
USD_PER_CPU_SECOND = Decimal("0.05") / 3600


@pytest.fixture(scope="module")
def price_map() -> dict[str, dict[str, object]]:
    """LiteLLM's local price map, read as a file: importing LiteLLM is no business of this test."""
    inside = metadata.distribution("litellm").locate_file("litellm/model_prices_and_context_window_backup.json")
    loaded: dict[str, dict[str, object]] = json.loads(Path(str(inside)).read_text(encoding="utf-8"))
    return loaded


@pytest.fixture
def providers(shipped: Read) -> Catalogue:
    return parse_catalogue(shipped("providers.yaml"), file="providers.yaml")


@pytest.mark.parametrize(("catalogue", "rules"), PAIRS)
def test_rules_fit_their_catalogue_and_every_rule_can_be_reached(shipped: Read, catalogue: str, rules: str) -> None:
    models = parse_catalogue(shipped(catalogue), file=catalogue)
    assert lint_rules(parse_rules(shipped(rules), file=rules, catalogue=models), models) == ()


def test_every_provider_model_is_in_the_price_map_with_at_least_its_limits(
    providers: Catalogue, price_map: dict[str, dict[str, object]]
) -> None:
    for model in providers.models:
        for deployment in model.deployments:
            provider, bare = deployment.litellm_model.split("/", 1)
            entry = price_map.get(deployment.litellm_model) or price_map.get(bare)
            assert entry is not None, deployment.litellm_model
            assert str(entry["litellm_provider"]).startswith(provider), deployment.litellm_model
            assert entry["mode"] in ("chat", "completion")
            assert model.context_window <= int(str(entry["max_input_tokens"]))
            assert model.max_output_tokens <= int(str(entry["max_output_tokens"]))
            assert entry["input_cost_per_token"] is not None
            assert not model.has_structured_output or entry["supports_response_schema"] is True


def test_the_five_providers_are_there_and_only_local_models_have_no_key(providers: Catalogue) -> None:
    deployments = [d for model in providers.models for d in model.deployments]
    assert {d.provider for d in deployments} == {"openai", "anthropic", "gemini", "bedrock", "ollama"}
    assert {d.provider for d in deployments if d.api_key_env is None} == {"ollama"}


@pytest.mark.parametrize(
    ("model", "prompt_rate", "output_rate"), [("smollm2-135m", "174", "53.6"), ("qwen2.5-coder-0.5b", "81.8", "13.3")]
)
def test_notional_prices_follow_from_the_measured_rates(
    shipped: Read, model: str, prompt_rate: str, output_rate: str
) -> None:
    price = parse_catalogue(shipped("catalog.yaml"), file="catalog.yaml")[model].price
    assert price.is_notional
    for amount, rate in ((price.input, prompt_rate), (price.output, output_rate)):
        assert amount == (1_000_000 / Decimal(rate) * USD_PER_CPU_SECOND).quantize(Decimal("0.000001"))


def test_the_extractive_model_is_really_free(shipped: Read) -> None:
    price = parse_catalogue(shipped("catalog.yaml"), file="catalog.yaml")["extract"].price
    assert (price.input, price.output, price.is_notional, price.source) == (0, 0, False, "catalogue")


@pytest.mark.parametrize(
    ("task_type", "step", "text", "tags", "rule", "model"),
    [
        ("rewrite", "rewrite", "Which function joins?", (), "rewrite-by-extraction", "extract"),
        ("extract", "cite", "Which function joins?", (), "cite-by-extraction", "extract"),
        ("generate", "answer", "Which function does join?", (), "lift-from-passages", "extract"),
        ("generate", "answer", "What is the default of maxlen?", (), "lift-from-passages", "extract"),
        ("generate", "answer", "is it empty?", (), "judge-yes-or-no", "qwen2.5-coder-0.5b"),
        ("generate", "answer", "Island or isthmus?", (), "lift-from-passages", "extract"),
        ("classify", "sort", "Is it empty?", (), "default", "qwen2.5-coder-0.5b"),
    ],
)
def test_the_demo_is_routed_as_its_rules_say(
    shipped: Read, task_type: str, step: str, text: str, tags: tuple[str, ...], rule: str, model: str
) -> None:
    catalogue = parse_catalogue(shipped("catalog.yaml"), file="catalog.yaml")
    table = parse_rules(shipped("rules.yaml"), file="rules.yaml", catalogue=catalogue)
    asked = Request("c", "i", step, task_type, text, 300, 64, tags=frozenset(tags), job="stdlib_qa")
    decision = RulesPolicy(table).decide([asked], catalogue, weights=None, state=RoutingState())[0]
    assert (decision.rule, decision.model) == (rule, model)
