"""The one place that imports LiteLLM: lazily (seconds, 190 MB), offline, silent, and with the embedded provider."""

from __future__ import annotations

import asyncio
import logging
import os
import threading
from types import ModuleType

from tasks.models.litellm_loop import LITELLM_LOOP

# Read by LiteLLM at import: a local price map, no fetches of its own, and no .env file.
ENVIRONMENT = {
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    "LITELLM_LOCAL_ANTHROPIC_BETA_HEADERS": "True",
    "LITELLM_LOCAL_BLOG_POSTS": "True",
    "LITELLM_OFFLINE_MODE": "true",
    "LITELLM_MODE": "PRODUCTION",
}
CALLBACK_LISTS = (
    "callbacks",
    "input_callback",
    "success_callback",
    "failure_callback",
    "service_callback",
    "_async_input_callback",
    "_async_success_callback",
    "_async_failure_callback",
)
_lock = threading.Lock()
_loaded: list[ModuleType] = []


def load_litellm() -> ModuleType:
    """LiteLLM, imported and set up once per process."""
    with _lock:
        if not _loaded:
            os.environ.update(ENVIRONMENT)
            import litellm

            configure(litellm)
            _loaded.append(litellm)
            LITELLM_LOOP.close_at_exit()
    return _loaded[0]


def warm_up() -> None:
    """Have LiteLLM load what it leaves to its first call, which takes seconds; nothing is sent."""
    litellm = load_litellm()
    message = {"role": "user", "content": "warm-up"}
    call = litellm.acompletion(model="openai/warm-up", messages=[message], mock_response="warm", max_retries=0)
    asyncio.run_coroutine_threadsafe(call, LITELLM_LOOP.start()).result()


def configure(litellm: ModuleType) -> None:
    """Callbacks off, chatter off, our provider on."""
    for name in CALLBACK_LISTS:
        getattr(litellm, name).clear()
    for logger in ("LiteLLM", "LiteLLM Router", "LiteLLM Proxy"):
        logging.getLogger(logger).setLevel(logging.CRITICAL)  # its log may hold prompts and keys; errors come as ours
    litellm.suppress_debug_info = True  # type: ignore[attr-defined]  # a setting of the module
    litellm.turn_off_message_logging = True  # type: ignore[attr-defined]  # a setting of the module
    litellm.redact_user_api_key_info = True  # type: ignore[attr-defined]  # a setting of the module
    litellm.disable_hf_tokenizer_download = True  # type: ignore[attr-defined]  # a setting of the module

    from tasks.models.embedded import register_embedded

    register_embedded(litellm)


def loaded_litellm() -> ModuleType | None:
    """LiteLLM if this process has loaded it."""
    return _loaded[0] if _loaded else None
