"""What all calls of this process share: one client and one set of limits."""

from __future__ import annotations

from functools import lru_cache

from tasks.limits import Limits
from tasks.models.client import Client


@lru_cache(maxsize=1)
def process_client() -> Client:
    """The client of every model; LiteLLM is imported by the first call."""
    from tasks.models.litellm_client import LiteLLMClient

    return LiteLLMClient()


@lru_cache(maxsize=1)
def process_limits() -> Limits:
    """The limits of every deployment."""
    return Limits()
