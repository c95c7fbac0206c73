"""How long to wait between two attempts at one deployment."""

from __future__ import annotations

from tenacity import RetryCallState, wait_random, wait_random_exponential

from tasks.models.client import CallError

BACKOFF = wait_random_exponential(multiplier=0.5, max=30)
JITTER = wait_random(0, 0.5)


def wait_s(state: RetryCallState) -> float:
    """What the provider asked for by Retry-After, plus jitter; else exponential backoff with full jitter.

    Source of the jitter: Brooker, "Exponential Backoff and Jitter", AWS Architecture Blog, 2015.
    """
    error = state.outcome.exception() if state.outcome else None
    asked_s = error.retry_after_s if isinstance(error, CallError) else None
    return BACKOFF(state) if asked_s is None else asked_s + JITTER(state)


def is_worth_retrying(error: BaseException) -> bool:
    """Whether the same request to the same deployment may fare better."""
    return isinstance(error, CallError) and error.is_retryable
