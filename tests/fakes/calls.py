"""Model calls for tests."""

from __future__ import annotations

from collections.abc import Mapping

from policies.types import Deployment
from tasks.models.client import Message, ModelCall

KEY_VARIABLE = "POINTSMAN_TEST_CANARY_KEY"


def call_to(
    base_url: str, *, timeout_s: float = 10.0, text: str = "hi there", key: str | None = KEY_VARIABLE
) -> ModelCall:
    """A call to an OpenAI-compatible address."""
    deployment = Deployment("loopback", "openai/gpt-test", "openai", api_base=base_url, api_key_env=key)
    return ModelCall(deployment, (Message("user", text),), 20, timeout_s=timeout_s)


def call_embedded(
    model: str, text: str, *, max_output_tokens: int = 30, schema: Mapping[str, object] | None = None
) -> ModelCall:
    """A call to an embedded model."""
    deployment = Deployment(model, f"embedded/{model}", "embedded")
    return ModelCall(deployment, (Message("user", text),), max_output_tokens, schema=schema, timeout_s=120)
