"""A `Client` that answers from a table, deterministically, and counts; for tests of what sits above the models."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from tasks.models.client import CallError, Completion, ModelCall

Answer = Callable[[ModelCall], str]


def timed_out() -> CallError:
    """A time-out after sending."""
    return CallError("scripted time-out", status="timeout", error_type="timeout", is_retryable=True)


def rate_limited(retry_after_s: float | None = None) -> CallError:
    """A 429."""
    return CallError(
        "scripted rate limit",
        status="rate_limited",
        error_type="rate_limit",
        is_retryable=True,
        retry_after_s=retry_after_s,
    )


def failed(error_type: str = "server_error", *, is_retryable: bool = True, is_sent: bool = True) -> CallError:
    """A failure of the provider."""
    return CallError(
        f"scripted {error_type}", status="error", error_type=error_type, is_retryable=is_retryable, is_sent=is_sent
    )


def refused() -> CallError:
    """A refusal by the provider's content filter."""
    return CallError("scripted refusal", status="refused", error_type="content_filter", is_retryable=False)


def prompt_of(call: ModelCall) -> str:
    """The content of the last message."""
    return call.messages[-1].content if call.messages else ""


@dataclass
class ScriptedClient:
    """Answers with `answers[prompt]`, else `answer(call)`, else the prompt itself; tokens are words.

    `failures` maps a deployment to what its next calls raise, in order (None: that call succeeds). `delay_s` is awaited
    before every answer, or what `delays_s` has for the deployment. `calls` holds every call in the order of its start,
    failed ones included.
    """

    answers: Mapping[str, str] = field(default_factory=dict)
    answer: Answer = prompt_of
    failures: Mapping[str, Sequence[CallError | None]] = field(default_factory=dict)
    delay_s: float = 0.0
    delays_s: Mapping[str, float] = field(default_factory=dict)
    provider_cost_usd: Decimal | None = None
    calls: list[ModelCall] = field(default_factory=list)
    in_flight: int = 0
    most_in_flight: int = 0

    async def complete(self, call: ModelCall) -> Completion:
        nth = self.count(call.deployment.name)
        self.calls.append(call)
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            await asyncio.sleep(self.delays_s.get(call.deployment.name, self.delay_s))
        finally:
            self.in_flight -= 1
        script = self.failures.get(call.deployment.name, ())
        if nth < len(script) and (failure := script[nth]) is not None:
            raise failure
        text = self.answers.get(prompt_of(call)) or self.answer(call)
        n_in = sum(len(message.content.split()) for message in call.messages)
        return Completion(text, n_in, len(text.split()), 0, self.provider_cost_usd, "stop")

    def count(self, deployment: str | None = None) -> int:
        """How many calls came in, of one deployment or of all."""
        return sum(deployment in (None, call.deployment.name) for call in self.calls)
