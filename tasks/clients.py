"""What all calls of this process share: one client, and the traffic to all models."""

from __future__ import annotations

from functools import lru_cache

from tasks.models.client import Client
from tasks.traffic import Traffic


@lru_cache(maxsize=1)
def process_client() -> Client:
    """The client of every model; LiteLLM is imported and warmed up here, so that no call's time runs meanwhile."""
    from tasks.models.litellm_client import LiteLLMClient
    from tasks.models.litellm_setup import warm_up

    warm_up()
    return LiteLLMClient()


@lru_cache(maxsize=1)
def process_traffic() -> Traffic:
    """The limits, the health and the balance of every deployment."""
    return Traffic()
