"""What the tasks ask of any model: one call in, one completion or one classified error out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, Protocol

from policies.errors import PointsmanError
from policies.types import Deployment

Role = Literal["system", "user", "assistant"]
FailedStatus = Literal["error", "timeout", "rate_limited", "refused"]


@dataclass(frozen=True, slots=True)
class Image:
    """An image by where it is: the path of a file, an https address, or a data URI.

    `sha256` is that of the bytes; of an address, which the provider fetches by itself, that of its text: then media
    type and size are None. `tokens` is an estimate.
    """

    source: str
    sha256: str
    tokens: int
    media_type: str | None = None
    n_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a chat, with the images that stand after its text."""

    role: Role
    content: str
    images: tuple[Image, ...] = ()


@dataclass(frozen=True, slots=True)
class ModelCall:
    """One request to one deployment; `schema` is a JSON Schema that the answer must fit, where the model can."""

    deployment: Deployment
    messages: tuple[Message, ...]
    max_output_tokens: int
    temperature: float = 0.0
    schema: Mapping[str, object] | None = None
    timeout_s: float = 60.0
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Completion:
    """What came back. Token counts are None where the provider did not report them.

    `input_tokens` includes `cached_tokens`. `provider_cost_usd` is what the provider itself charged, where it says so.
    """

    text: str
    input_tokens: int | None
    output_tokens: int | None
    cached_tokens: int | None
    provider_cost_usd: Decimal | None
    finish_reason: str | None


class CallError(PointsmanError):
    """One attempt that failed, classified; its text never holds a key or an Authorization header.

    `retry_after_s` is what the provider asked for, in seconds from now. `is_sent` is False when nothing can have
    reached the provider, so that the attempt can have cost nothing. `completion` is there when the provider answered
    (and may bill the tokens), but with a refusal or nothing usable. `deployment` is noted when the attempt is over.
    """

    deployment: str | None = None

    def __init__(
        self,
        message: str,
        *,
        status: FailedStatus,
        error_type: str,
        is_retryable: bool,
        retry_after_s: float | None = None,
        is_sent: bool = True,
        completion: Completion | None = None,
    ) -> None:
        self.message = message
        self.status = status
        self.error_type = error_type
        self.is_retryable = is_retryable
        self.retry_after_s = retry_after_s
        self.is_sent = is_sent
        self.completion = completion
        super().__init__(message)

    def rewrite(self, change: Callable[[str], str]) -> None:
        """Change the message too, which is kept apart."""
        self.message = change(self.message)
        super().rewrite(change)


class Client(Protocol):
    """Whatever can serve a call; raises `CallError` for a failed attempt, which is exactly one request."""

    async def complete(self, call: ModelCall) -> Completion: ...
