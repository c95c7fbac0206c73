"""Generative models on llama.cpp in this process: a few one-thread servers per model, loaded when first used."""

from __future__ import annotations

import asyncio
import atexit
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from tasks.models.client import CallError, Message

N_WORKERS = 2  # two one-thread servers beat one two-thread server on two cores
CONTEXT_TOKENS = 4096  # as the catalogue's context_window of these models

FinishReason = Literal["stop", "length"]


@dataclass(frozen=True, slots=True)
class LlamaCall:
    """One chat for a local model; the same call gives the same text on every worker at temperature 0."""

    messages: tuple[Message, ...]
    max_output_tokens: int
    temperature: float = 0.0
    seed: int = 0
    schema: Mapping[str, object] | None = None


@dataclass(frozen=True, slots=True)
class LlamaAnswer:
    """What the model wrote, with llama.cpp's own token counts."""

    text: str
    input_tokens: int
    output_tokens: int
    finish_reason: FinishReason


class LlamaPool:
    """`n_workers` threads that each own one server with one slot, so that no answer depends on what ran before."""

    def __init__(self, path: Path, *, n_workers: int = N_WORKERS, context_tokens: int = CONTEXT_TOKENS) -> None:
        self._path = path
        self._context_tokens = context_tokens
        self._own = threading.local()
        self._threads = ThreadPoolExecutor(n_workers, thread_name_prefix=f"llama-{path.stem[:20]}")

    async def complete(self, call: LlamaCall) -> LlamaAnswer:
        """Answer off the event loop; a cancelled call that is still queued is never run."""
        return await asyncio.wrap_future(self._threads.submit(self._answer, call))

    def close(self) -> None:
        """Drop what is queued, wait for what is running, free the models."""
        self._threads.shutdown(wait=True, cancel_futures=True)
        self._own = threading.local()

    def _answer(self, call: LlamaCall) -> LlamaAnswer:
        server = getattr(self._own, "server", None)
        if server is None:
            server = self._own.server = load_server(self._path, context_tokens=self._context_tokens)
        return read_answer(server.handle_chat_completions(body_of(call)))


def load_server(path: Path, *, context_tokens: int) -> Any:
    """A one-thread, one-slot server of one model; `CallError` when the file does not load."""
    import xllamacpp

    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(path)
    parameters.n_ctx = context_tokens
    parameters.n_parallel = 1
    parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = 1
    parameters.n_gpu_layers = 0
    parameters.swa_full = True
    parameters.warmup = False
    parameters.cache_ram_mib = 0  # no prompt cache: a hit changes how the rest is batched, and with it the last digits
    parameters.verbosity = -1
    try:
        return xllamacpp.Server(parameters)
    except (RuntimeError, OSError, ValueError) as error:
        problem = f"the model file {path.name} does not load: {error}"
        raise CallError(problem, status="error", error_type="model_load", is_retryable=False, is_sent=False) from error


def body_of(call: LlamaCall) -> dict[str, object]:
    """The chat request in OpenAI's words."""
    body: dict[str, object] = {
        "messages": [{"role": message.role, "content": message.content} for message in call.messages],
        "max_tokens": call.max_output_tokens,
        "temperature": call.temperature,
        "seed": call.seed,
        "cache_prompt": False,
    }
    if call.schema is not None:
        body["response_format"] = {
            "type": "json_schema",
            "json_schema": {"name": "answer", "schema": dict(call.schema)},
        }
    return body


def read_answer(reply: Mapping[str, Any]) -> LlamaAnswer:
    """llama.cpp's reply as ours; `CallError` for its errors, a prompt beyond the context window among them."""
    if error := reply.get("error"):
        is_overflow = error.get("type") == "exceed_context_size_error"
        raise CallError(
            str(error.get("message", "llama.cpp failed"))[:300],
            status="error",
            error_type="context_window" if is_overflow else "model_error",
            is_retryable=int(error.get("code", 500)) >= 500,
        )
    choice, usage = reply["choices"][0], reply["usage"]
    return LlamaAnswer(
        text=choice["message"].get("content") or "",
        input_tokens=usage["prompt_tokens"],
        output_tokens=usage["completion_tokens"],
        finish_reason="length" if choice["finish_reason"] == "length" else "stop",
    )


_pools: dict[Path, LlamaPool] = {}
_pools_lock = threading.Lock()


def pool_of(path: Path) -> LlamaPool:
    """This process's pool of a model file."""
    with _pools_lock:
        if path not in _pools:
            _pools[path] = LlamaPool(path)
        return _pools[path]


def close_pools() -> None:
    """Free every model of this process."""
    with _pools_lock:
        pools: Sequence[LlamaPool] = list(_pools.values())
        _pools.clear()
    for pool in pools:
        pool.close()


atexit.register(close_pools)
