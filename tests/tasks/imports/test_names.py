"""What names of other tools mean: the user's word first, then the catalogue's, and no guess where that is unclear."""

from __future__ import annotations

import pytest

from policies.catalogue import parse_catalogue
from tasks.imports.map_file import NameMap
from tasks.imports.names import Names

CATALOGUE = """\
models:
  - name: small
    deployments: [{litellm_model: openai/gpt-4o-mini}]
    price: {input: 1, output: 2}
    context_window: 4096
    max_output_tokens: 512
  - name: claude
    deployments: [{litellm_model: anthropic/claude-x}]
    price: {input: 1, output: 2}
    context_window: 4096
    max_output_tokens: 512
  - name: claude-eu
    deployments: [{litellm_model: bedrock/claude-x}]
    price: {input: 1, output: 2}
    context_window: 4096
    max_output_tokens: 512
"""


@pytest.fixture(scope="module")
def names() -> Names:
    catalogue = parse_catalogue(CATALOGUE, file="catalog.yaml")
    return Names(catalogue, NameMap({"my-alias": "small", "azure/dep-1": "claude"}, {"nightly": "code"}), "generate")


@pytest.mark.parametrize(
    ("foreign", "provider", "group", "expected"),
    [
        ("gpt-4o-mini", "openai", None, ("small", "openai", True)),
        ("openai/gpt-4o-mini", None, None, ("small", "openai", True)),
        ("gpt-4o-mini-2024-07-18", "openai", None, ("small", "openai", True)),
        ("gpt-4o-mini-2024-07-18", None, None, ("small", "openai", True)),
        ("gpt-4o-mini", "azure", None, ("gpt-4o-mini", "azure", False)),
        ("gpt-4o-mini-audio", "openai", None, ("gpt-4o-mini-audio", "openai", False)),
        ("claude-x", "anthropic", None, ("claude", "anthropic", True)),
        ("claude-x", "bedrock", None, ("claude-eu", "bedrock", True)),
        ("claude-x", None, None, ("claude-x", "unknown", False)),
        ("my-alias", None, None, ("small", "unknown", True)),
        ("dep-1", "azure", None, ("claude", "azure", True)),
        ("something", "openai", "my-alias", ("small", "openai", True)),
        ("something", "openai", "claude", ("claude", "openai", True)),
        ("small", None, None, ("small", "unknown", True)),
        ("hosted/tune", None, None, ("tune", "hosted", False)),
    ],
)
def test_a_models_name_is_understood(names, foreign, provider, group, expected) -> None:
    meant = names.model(foreign, provider=provider, group=group)
    assert (meant.name, meant.provider, meant.is_known) == expected


@pytest.mark.parametrize(
    ("labels", "hint", "expected"),
    [
        (["prod", "nightly", "summarize"], None, "code"),
        (["prod", "summarize"], None, "summarize"),
        (["prod"], "embed", "embed"),
        (["classify"], "embed", "classify"),
        ([], None, "generate"),
    ],
)
def test_a_task_type_is_told_by_names_and_tags(names, labels, hint, expected) -> None:
    assert names.task_type(labels, hint=hint) == expected
