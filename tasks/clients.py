"""What all calls of this process share: one client and one set of limits."""

from __future__ import annotations

from functools import lru_cache

from tasks.limits import Limits
from tasks.models.client import Client


@lru_cache(maxsize=1)
def process_client() -> Client:
    """The client of every model; LiteLLM is imported here, so that no call's time-out runs meanwhile."""
    from tasks.models.litellm_client import LiteLLMClient
    from tasks.models.litellm_setup import load_litellm

    load_litellm()
    return LiteLLMClient()


@lru_cache(maxsize=1)
def process_limits() -> Limits:
    """The limits of every deployment."""
    return Limits()
