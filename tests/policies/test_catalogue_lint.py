from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from policies.catalogue import parse_catalogue
from policies.catalogue_lint import lint_models, lint_prices
from policies.pricing import make_price
from policies.types import Catalogue

TEXT = """\
models:
  - name: known
    deployments: [{litellm_model: openai/known}]
    price: {input: 1, output: 2}
    context_window: 1000
    max_output_tokens: 100
  - name: secret
    deployments: [{litellm_model: openai/secret}]
    price: unknown
    context_window: 1000
    max_output_tokens: 100
  - name: left
    deployments: [{litellm_model: openai/a}, {litellm_model: azure/b, name: second}]
    price: litellm
    context_window: 1000
    max_output_tokens: 100
"""


def looked_up(*, input: str | None, output: str | None) -> Catalogue:
    """The catalogue after the price of `left` was looked up."""
    catalogue = parse_catalogue(TEXT, file="c.yaml")
    rates = [None if rate is None else Decimal(rate) for rate in (input, output)]
    price = make_price("left", input=rates[0], output=rates[1], source="litellm")
    return replace(catalogue, models=(*catalogue.models[:2], replace(catalogue["left"], price=price)))


@pytest.mark.parametrize("rates", [(None, None), ("1", None), (None, "1")])
def test_a_price_that_the_map_lacks_is_told_with_its_place(rates: tuple[str | None, str | None]) -> None:
    (warning,) = lint_prices(looked_up(input=rates[0], output=rates[1]))
    assert str(warning).startswith(
        "c.yaml:12: models.2.price: LiteLLM's price map has no price for openai/a or azure/b, so "
    )


def test_prices_that_are_known_or_said_to_be_unknown_are_no_surprise() -> None:
    assert lint_prices(looked_up(input="1", output="0")) == ()


@pytest.mark.parametrize(
    ("price", "is_odd"),
    [
        ("{input: 0.0000025, output: 0.00001}", True),
        ("{input: 2.5, output: 0.00001}", True),
        ("{input: 0, output: 0}", False),
        ("{input: 0.001, output: 0.01}", False),
        ("{input: 0.0000025, output: 0.00001, is_notional: true}", False),
    ],
)
def test_a_price_per_token_is_taken_for_a_slip(price: str, is_odd: bool) -> None:
    warnings = lint_prices(parse_catalogue(TEXT.replace("{input: 1, output: 2}", price), file="c.yaml"))
    odd = [warning for warning in warnings if str(warning).startswith("c.yaml:2: models.0.price: ")]
    assert [warning.message.endswith("is next to nothing: is it a price per token?") for warning in odd] == [
        True
    ] * is_odd


def test_a_catalogue_that_was_built_without_a_file_has_no_lines_to_name() -> None:
    bare = replace(looked_up(input=None, output=None), file="catalogue", lines=())
    assert str(lint_prices(bare)[0]).startswith("catalogue: models.2.price: ")


def test_models_without_a_price_or_skills_are_told() -> None:
    text = TEXT.replace("price: {input: 1, output: 2}", "price: {input: 1, output: 2}\n    skills: [hipaa]")
    told = [
        (finding.code, finding.line, finding.message) for finding in lint_models(parse_catalogue(text, file="c.yaml"))
    ]
    assert told == [
        ("no-price", 8, "models.1.price: secret's cost is unknown, and it is left out wherever there is a budget"),
        ("no-skills", 8, "models.1.skills: secret has none, so that no step that needs any is ever sent to it"),
        ("no-skills", 13, "models.2.skills: left has none, so that no step that needs any is ever sent to it"),
    ]


def test_a_catalogue_without_any_skills_is_told_once() -> None:
    told = [f for f in lint_models(parse_catalogue(TEXT, file="c.yaml")) if f.code == "no-skills"]
    assert [str(finding) for finding in told] == [
        "c.yaml:2: models: none has skills, so that no step can ask for a language, a region or the like"
    ]


@pytest.mark.parametrize("own", ["region: eu-central-1", "skills: [hipaa]"])
def test_what_a_deployment_has_is_a_skill_of_its_model(own: str) -> None:
    text = TEXT.replace("{litellm_model: openai/known}", f"{{litellm_model: openai/known, {own}}}")
    told = [f.message for f in lint_models(parse_catalogue(text, file="c.yaml")) if f.code == "no-skills"]
    assert [message.split(":")[0] for message in told] == ["models.1.skills", "models.2.skills"]
