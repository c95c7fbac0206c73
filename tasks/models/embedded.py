"""LiteLLM's provider `embedded`: models that run in this process, priced by our catalogue and not by LiteLLM."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType
from typing import Any

from litellm.llms.custom_llm import CustomLLM
from typing_extensions import override

from policies.errors import WorkFailedError
from policies.weights_files import WeightFile
from tasks.models.client import CallError, Message
from tasks.models.extractive import Extract, extract
from tasks.models.extractive_schema import UnfillableError
from tasks.models.inventory import embedded_models, weights_of
from tasks.models.llama import LlamaCall, pool_of
from tasks.models.reranker import shared_reranker
from tasks.models.weights_store import require

PROVIDER = "embedded"
EXTRACT = "extract"
N_EXTRACT_THREADS = 2


class EmbeddedHandler(CustomLLM):
    """Serves `embedded/<name>`: the extractive model, or a llama.cpp pool of the weights that the catalogue names."""

    def __init__(self) -> None:
        super().__init__()
        self._threads = ThreadPoolExecutor(N_EXTRACT_THREADS, thread_name_prefix="extract")

    @override
    async def acompletion(
        self,
        model: str,
        messages: list[dict[str, Any]],
        api_base: str,
        custom_prompt_dict: dict[str, Any],
        model_response: Any,
        print_verbose: Callable[..., None],
        encoding: object,
        api_key: object,
        logging_obj: object,
        optional_params: dict[str, Any],
        acompletion: object = None,
        litellm_params: object = None,
        logger_fn: object = None,
        headers: object = None,
        timeout: object = None,
        client: object = None,
    ) -> Any:
        """Fill LiteLLM's response; raises `CallError`, which our client finds again under LiteLLM's wrapping."""
        chat = tuple(Message(m["role"], str(m["content"])) for m in messages)
        limit = int(optional_params.get("max_tokens") or 256)
        schema = schema_of(optional_params)
        if model == EXTRACT:
            work = asyncio.get_running_loop().run_in_executor(self._threads, run_extract, chat, schema, limit)
            found = await work
            fill_response(model_response, found.text, "stop", (found.input_tokens, found.output_tokens))
            return model_response
        path = await asyncio.to_thread(find_weights, model)
        temperature, seed = float(optional_params.get("temperature") or 0.0), int(optional_params.get("seed") or 0)
        call = LlamaCall(chat, limit, temperature=temperature, seed=seed, schema=schema)
        answer = await pool_of(path).complete(call)
        fill_response(model_response, answer.text, answer.finish_reason, (answer.input_tokens, answer.output_tokens))
        return model_response


def register_embedded(litellm: ModuleType) -> None:
    """Make `embedded/…` known to LiteLLM, free of charge in its own table."""
    free = dict.fromkeys(
        (
            "input_cost_per_token",
            "output_cost_per_token",
            "cache_creation_input_token_cost",
            "cache_read_input_token_cost",
        ),
        0.0,
    )
    litellm.register_model(
        {f"{PROVIDER}/{name}": {"litellm_provider": PROVIDER, "mode": "chat", **free} for name in embedded_models()}
    )
    litellm.custom_provider_map = [{"provider": PROVIDER, "custom_handler": EmbeddedHandler()}]  # type: ignore[attr-defined]  # a setting of the module


def run_extract(messages: Sequence[Message], schema: Mapping[str, object] | None, limit: int) -> Extract:
    """Extract on the current thread; `CallError` for a schema that can't be filled."""
    try:
        return extract(messages, shared_reranker(), schema=schema, max_tokens=limit)
    except WorkFailedError as error:
        raise missing_weights(error) from error
    except UnfillableError as error:
        raise CallError(str(error), status="error", error_type="unprocessable", is_retryable=False) from error


def find_weights(model: str) -> Path:
    """Where a generative model's file lies; `CallError` where it is not on this machine."""
    try:
        return require(weight_of(model))
    except WorkFailedError as error:
        raise missing_weights(error) from error


def missing_weights(error: WorkFailedError) -> CallError:
    """What a call meets when the weights were never pulled: trying again would not help."""
    return CallError(str(error), status="error", error_type="missing_weights", is_retryable=False, is_sent=False)


def weight_of(model: str) -> WeightFile:
    """The one weight file of a generative model; `CallError` for a name that the catalogue lacks."""
    files = [file for file in weights_of(model) if file.name.endswith(".gguf")]
    if len(files) != 1:
        problem = f"there is no embedded model {model!r}; there are: {', '.join(embedded_models())}"
        raise CallError(problem, status="error", error_type="not_found", is_retryable=False, is_sent=False)
    return files[0]


def schema_of(optional_params: Mapping[str, Any]) -> Mapping[str, object] | None:
    """The JSON Schema of a `response_format`, where there is one."""
    wanted = optional_params.get("response_format")
    if not isinstance(wanted, Mapping):
        return None
    if wanted.get("type") == "json_object":
        return {"type": "object"}
    schema = wanted.get("json_schema", {}).get("schema")
    return json.loads(json.dumps(schema)) if isinstance(schema, Mapping) else None


def fill_response(response: Any, text: str, finish_reason: str, tokens: tuple[int, int]) -> None:
    """Put text and token counts into LiteLLM's response object."""
    from litellm.types.utils import Choices, Usage
    from litellm.types.utils import Message as Reply

    response.choices = [Choices(index=0, finish_reason=finish_reason, message=Reply(role="assistant", content=text))]
    n_in, n_out = tokens
    response.usage = Usage(prompt_tokens=n_in, completion_tokens=n_out, total_tokens=n_in + n_out)
