"""What can be called here, read from LiteLLM's files as text: importing LiteLLM would take seconds."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from importlib import metadata
from pathlib import Path

from policies.errors import WorkFailedError
from policies.served import Served
from tasks.models.inventory import embedded_models
from tasks.models.price_map import read_price_map

ENUM_FILE = "litellm/types/utils.py"
JSON_FILE = "litellm/llms/openai_like/providers.json"
ENUM = re.compile(r"^class LlmProviders\(.*\):\n((?:    .*\n|\n)+)", re.MULTILINE)
MEMBER = re.compile(r'^    [A-Z0-9_]+ = "([^"]+)"', re.MULTILINE)
# The price map's modes that answer a prompt; an entry without a mode says nothing.
ANSWERS = frozenset({"chat", "completion", "responses"})


@cache
def served() -> Served:
    """The providers of the installed LiteLLM and of its list of compatible ones, our models, and what chats not."""
    return Served(enumerated_providers() | listed_providers(), embedded_models(), other_uses)


def enumerated_providers() -> frozenset[str]:
    """The members of LiteLLM's enum of providers; imported where its text is not what it was."""
    enum = ENUM.search(litellm_text(ENUM_FILE))
    if enum is not None and (found := frozenset(MEMBER.findall(enum[1]))):
        return found
    from tasks.models.litellm_setup import load_litellm

    providers: list[object] = load_litellm().provider_list
    return frozenset(str(getattr(provider, "value", provider)) for provider in providers)


def listed_providers() -> frozenset[str]:
    """The providers that LiteLLM knows by a line of JSON alone."""
    try:
        return frozenset(json.loads(litellm_text(JSON_FILE)))
    except ValueError as error:
        raise WorkFailedError(f"LiteLLM's list of providers can't be read: {error}") from error


@cache
def other_uses() -> Mapping[str, str]:
    """The model strings that LiteLLM's map has under another mode than an answer to a prompt."""
    uses: dict[str, str] = {}
    for name, entry in read_price_map().items():
        mode = entry.get("mode")
        if isinstance(mode, str) and mode not in ANSWERS:
            uses |= {name: mode, f"{entry.get('litellm_provider')}/{name}": mode}
    return uses


def litellm_text(file: str) -> str:
    """One of LiteLLM's files."""
    try:
        return Path(str(metadata.distribution("litellm").locate_file(file))).read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise WorkFailedError(f"LiteLLM's {file} can't be read: {error}") from error
