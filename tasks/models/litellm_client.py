"""The client of every model through LiteLLM: one call is one request, its failure one classified error."""

from __future__ import annotations

import asyncio
import math
import os
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import httpx

from policies.errors import BadInputError
from policies.types import Deployment
from tasks.models.client import CallError, Completion, ModelCall
from tasks.models.images import content_of
from tasks.models.litellm_errors import classify
from tasks.models.litellm_loop import LITELLM_LOOP
from tasks.models.litellm_setup import load_litellm
from tasks.redaction.vault import learn_secrets, mask_known

# LiteLLM would otherwise send the user's OPENAI_API_KEY to any address that the catalogue names.
NO_KEY = "no-key"


class LiteLLMClient:
    """`Client` over `litellm.acompletion`, without its retries, callbacks or fetches."""

    async def complete(self, call: ModelCall) -> Completion:
        """Send one request; `CallError` when it fails, `BadInputError` when the key's variable is not set."""
        key = read_key(call.deployment)
        return await LITELLM_LOOP.run(send(call, key))


async def send(call: ModelCall, key: str | None) -> Completion:
    """One request on the current loop, at most `call.timeout_s` from sending to the whole answer."""
    litellm = await asyncio.to_thread(load_litellm)
    try:
        async with asyncio.timeout(call.timeout_s):
            has_images = any(message.images for message in call.messages)  # which are read from disk
            arguments = await asyncio.to_thread(arguments_of, call, key) if has_images else arguments_of(call, key)
            response = await litellm.acompletion(**arguments)
    except (httpx.HTTPError, OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise classify(error) from None  # the cause's text may hold the key
    except litellm.exceptions.openai.OpenAIError as error:  # the root of LiteLLM's own
        raise classify(error) from None
    return completion_of(response)


def read_key(deployment: Deployment) -> str | None:
    """The deployment's key from the variable that it names; None where LiteLLM finds its own credentials."""
    if deployment.api_key_env is None:
        return NO_KEY if deployment.api_base else None
    if key := os.environ.get(deployment.api_key_env):
        learn_secrets(key)
        return key
    problem = f"needs its key in the environment variable {deployment.api_key_env}, which is not set"
    raise BadInputError(problem, field=f"deployment {deployment.name}")


def arguments_of(call: ModelCall, key: str | None) -> dict[str, Any]:
    """What `litellm.acompletion` is given; parameters that a provider lacks are dropped, not fatal."""
    deployment = call.deployment
    arguments: dict[str, Any] = {
        "model": deployment.litellm_model,
        "messages": [{"role": message.role, "content": content_of(message)} for message in call.messages],
        "max_tokens": call.max_output_tokens,
        "temperature": call.temperature,
        "seed": call.seed,
        "timeout": call.timeout_s,
        "max_retries": 0,
        "num_retries": 0,
        "drop_params": True,
        "api_base": deployment.api_base,
        "api_key": key,
    }
    if call.schema is not None:
        schema = {"name": "answer", "schema": dict(call.schema), "strict": is_strict(call.schema)}
        arguments["response_format"] = {"type": "json_schema", "json_schema": schema}
    if deployment.region and deployment.provider in ("bedrock", "sagemaker"):
        arguments["aws_region_name"] = deployment.region
    if deployment.region and deployment.provider == "vertex_ai":
        arguments["vertex_location"] = deployment.region
    return arguments


def is_strict(schema: object) -> bool:
    """Whether OpenAI's strict mode takes the schema: every object closed, and every property required."""
    if isinstance(schema, list):
        return all(is_strict(part) for part in schema)
    if not isinstance(schema, Mapping):
        return True
    if schema.get("type") == "object" or "properties" in schema:
        properties = schema.get("properties", {})
        if schema.get("additionalProperties") is not False or set(schema.get("required", ())) != set(properties):
            return False
        return all(is_strict(part) for part in properties.values())
    return all(is_strict(part) for part in schema.values())


def completion_of(response: Any) -> Completion:
    """LiteLLM's response as ours; `CallError` for a refusal, or a body without an answer.

    An answer that repeats one of our own keys is an answer without it, before anything goes on from there.
    """
    usage = getattr(response, "usage", None)
    choice = response.choices[0] if response.choices else None
    completion = Completion(
        text=mask_known(choice.message.content or "") if choice else "",
        input_tokens=count(usage, "prompt_tokens"),
        output_tokens=count(usage, "completion_tokens") if count(usage, "prompt_tokens") else None,
        cached_tokens=count(getattr(usage, "prompt_tokens_details", None), "cached_tokens"),
        provider_cost_usd=charged_usd(usage),
        finish_reason=choice.finish_reason if choice else None,
    )
    if choice is None:
        raise CallError(
            "the answer has no choices", status="error", error_type="malformed_response", is_retryable=True,
            completion=completion,
        )  # fmt: skip
    if choice.finish_reason == "content_filter" or getattr(choice.message, "refusal", None):
        raise CallError(
            "the provider refused to answer", status="refused", error_type="content_filter", is_retryable=False,
            completion=completion,
        )  # fmt: skip
    return completion


def count(holder: object, name: str) -> int | None:
    """A token count; None where it was not reported (LiteLLM then puts 0 prompt tokens, which no request has)."""
    value = getattr(holder, name, None)
    if not isinstance(value, int) or (name == "prompt_tokens" and value <= 0):
        return None
    return max(value, 0)


def charged_usd(usage: object) -> Decimal | None:
    """What the provider says that it charged, where it says so (OpenRouter, Perplexity)."""
    cost = getattr(usage, "cost", None)
    cost = cost.get("total_cost") if isinstance(cost, Mapping) else cost
    is_amount = isinstance(cost, int | float) and not isinstance(cost, bool) and math.isfinite(cost) and cost >= 0
    return Decimal(str(cost)) if is_amount else None
