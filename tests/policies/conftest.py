"""Builders and fixtures of the routing tests: a small catalogue with known prices, requests, the shipped files."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from types import MappingProxyType

import pytest

from policies.catalogue import parse_catalogue
from policies.forecast import Forecast
from policies.rule_table import RuleTable
from policies.rules import parse_rules
from policies.types import Catalogue, Request, Scalar

POLICIES = Path(__file__).resolve().parents[2] / "policies"

TOY_CATALOGUE = """
models:
  - name: tiny
    deployments: [{litellm_model: toy/tiny}]
    price: {input: 0, output: 0}
    context_window: 1000
    max_output_tokens: 200
    prior_quality: {generate: 0.4, extract: 0.8, default: 0.3}
    prior_latency_s: 0.1
    skills: ["lang:en", offline]
  - name: middle
    deployments: [{litellm_model: toy/middle}]
    price: {input: 1, output: 2, cached: 0.1}
    context_window: 8000
    max_output_tokens: 2000
    prior_quality: {generate: 0.6, default: 0.5}
    skills: ["lang:en", "lang:de", "region:eu"]
    has_structured_output: true
  - name: large
    deployments: [{litellm_model: toy/large}]
    price: {input: 10, output: 30}
    context_window: 100000
    max_output_tokens: 8000
    prior_quality: {generate: 0.9, extract: 0.95, default: 0.8}
    skills: ["lang:en", "lang:de", hipaa]
    has_structured_output: true
  - name: secretive
    deployments: [{litellm_model: toy/secretive}]
    price: unknown
    context_window: 100000
    max_output_tokens: 8000
    prior_quality: {generate: 0.7, default: 0.6}
    skills: ["lang:en"]
    has_structured_output: true
"""

TOY_RULES = """
rules:
  - name: extract-small
    when: {task_type: extract}
    use: {model: tiny}
  - name: urgent
    when: {tags_any: [urgent], tags_all: [paid]}
    use: {shortlist: [large, middle]}
  - name: numbers
    when: {keywords: [how many, sum]}
    use: {shortlist: [middle, large], policy: performance}
  - name: long
    when: {min_characters: 500}
    use: {policy: cheapest}
default:
  use: {policy: performance}
"""


@pytest.fixture(scope="session")
def toy() -> Catalogue:
    """Four models: free and small, middling, dear and strong, and one whose price nobody knows."""
    return parse_catalogue(TOY_CATALOGUE, file="toy.yaml")


@pytest.fixture(scope="session")
def toy_table(toy: Catalogue) -> RuleTable:
    """Rules over the four models that use every kind of outcome."""
    return parse_rules(TOY_RULES, file="rules.yaml", catalogue=toy)


@pytest.fixture(scope="session")
def request_of() -> Callable[..., Request]:
    """A builder of requests: `request_of(task_type="extract")`."""

    def build(
        *,
        call_id: str = "call-1",
        step: str = "answer",
        task_type: str = "generate",
        text: str = "What is a deque?",
        input_tokens: int = 100,
        max_output_tokens: int = 100,
        tags: frozenset[str] = frozenset(),
        needs: frozenset[str] = frozenset(),
        is_structured: bool = False,
        job: str = "",
        language: str | None = None,
        fields: Mapping[str, Scalar] = MappingProxyType({}),
        asked_at: datetime | None = None,
        forecast: Forecast | None = None,
        item_id: str | None = None,
    ) -> Request:
        return Request(
            call_id=call_id,
            item_id=item_id or call_id,
            step=step,
            task_type=task_type,
            text=text,
            input_tokens=input_tokens,
            max_output_tokens=max_output_tokens,
            tags=tags,
            needs=needs,
            is_structured=is_structured,
            job=job,
            language=language,
            fields=fields,
            asked_at=asked_at,
            forecast=forecast,
        )

    return build


@pytest.fixture(scope="session")
def shipped() -> Callable[[str], str]:
    """The text of a file that ships in policies/."""

    def read(name: str) -> str:
        return (POLICIES / name).read_text(encoding="utf-8")

    return read
