"""LiteLLM's many exceptions mapped to the closed set of `CallError`."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx

from tasks.models.client import CallError, FailedStatus
from tasks.redaction.vault import redact

MAX_MESSAGE_CHARACTERS = 400
# HTTP status to our word for it; from 500 up it is "server_error".
ERROR_TYPES: Mapping[int, str] = {
    400: "bad_request",
    401: "authentication",
    402: "payment_required",
    403: "permission",
    404: "not_found",
    408: "timeout",
    409: "conflict",
    413: "too_large",
    422: "unprocessable",
    429: "rate_limit",
}
RETRYABLE_STATUSES = frozenset({408, 409, 429})
# By class name, so that neither openai nor aiohttp is imported here. What LiteLLM raises for them is a 500 or worse.
CONNECTION_ERRORS = frozenset(
    {"APIConnectionError", "ClientConnectionError", "ServerDisconnectedError", "ClientOSError"}
)
UNSENT_ERRORS = frozenset({"ConnectError", "ConnectTimeout", "ClientConnectorError", "ClientConnectorDNSError"})


def classify(error: BaseException) -> CallError:
    """One `CallError` for whatever `error` and its causes say; messages are redacted and cut."""
    chain = list(causes(error))
    if own := next((e for e in chain if isinstance(e, CallError)), None):
        return own
    status_code = status_code_of(error)
    status, error_type, is_retryable = judge(error, chain, status_code)
    return CallError(
        shorten(redact(message_of(error))),
        status=status,
        error_type=error_type,
        is_retryable=is_retryable,
        retry_after_s=retry_after_s(headers_of(error), now=datetime.now(UTC)) if is_retryable else None,
        is_sent=not any(is_before_sending(e) for e in chain),
    )


def judge(error: BaseException, chain: list[BaseException], status_code: int | None) -> tuple[FailedStatus, str, bool]:
    """Status, our word for the error, and whether to retry."""
    names = {name for e in chain for name in class_names(e)}
    if "ContentPolicyViolationError" in names:
        return "refused", "content_filter", False
    if "ContextWindowExceededError" in names:
        return "error", "context_window", False
    if any(isinstance(e, ImportError) for e in chain):
        return "error", "missing_package", False  # a provider's SDK that is not installed stays missing
    if any(isinstance(e, TimeoutError | httpx.TimeoutException) for e in chain) or names & {
        "APITimeoutError",
        "Timeout",
    }:
        return "timeout", "timeout", True
    if has_response(error) and status_code is not None:
        return of_status(status_code)
    if any(isinstance(e, json.JSONDecodeError | httpx.DecodingError) for e in chain) or is_unreadable(error):
        return "error", "malformed_response", True
    if names & CONNECTION_ERRORS or any(isinstance(e, httpx.TransportError | OSError) for e in chain):
        return "error", "connection", True
    return of_status(status_code) if status_code is not None else ("error", "unexpected", False)


def of_status(status_code: int) -> tuple[FailedStatus, str, bool]:
    """The verdict on an HTTP status: 408, 409, 429 and 5xx are worth another try."""
    is_server_error = status_code >= 500
    error_type = ERROR_TYPES.get(status_code, "server_error" if is_server_error else f"http_{status_code}")
    status: FailedStatus = "rate_limited" if status_code == 429 else "timeout" if status_code == 408 else "error"
    return status, error_type, is_server_error or status_code in RETRYABLE_STATUSES


def causes(error: BaseException) -> Iterator[BaseException]:
    """The error, then what it was raised from or while handling, outermost first."""
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        yield current
        current = current.__cause__ or current.__context__


def class_names(error: BaseException) -> list[str]:
    """The names of the error's class and its bases."""
    return [base.__name__ for base in type(error).__mro__]


def is_before_sending(error: BaseException) -> bool:
    """Whether nothing can have reached the provider: no connection was made."""
    return bool(UNSENT_ERRORS & set(class_names(error))) or isinstance(error, socket.gaierror | ConnectionRefusedError)


def is_unreadable(error: BaseException) -> bool:
    """Whether LiteLLM says that the body was no answer: it has no exception of its own for it."""
    text = str(error)
    return "Expecting value" in text or "Empty or invalid response" in text or "JSONDecodeError" in text


def has_response(error: BaseException) -> bool:
    """Whether an HTTP answer with its headers is attached (LiteLLM attaches an empty one to lost connections)."""
    return bool(headers_of(error))


def status_code_of(error: BaseException) -> int | None:
    """The HTTP status, where the error carries one."""
    code = getattr(error, "status_code", None)
    return int(code) if isinstance(code, int | str) and str(code).isdigit() else None


def headers_of(error: BaseException) -> Mapping[str, str]:
    """The answer's headers, names in lower case; empty where there are none."""
    for holder in (getattr(error, "response", None), error):
        for name in ("headers", "litellm_response_headers"):
            headers = getattr(holder, name, None)
            if headers:
                return {str(k).lower(): str(v) for k, v in dict(headers).items()}
    return {}


def retry_after_s(headers: Mapping[str, str], *, now: datetime) -> float | None:
    """Seconds from `now` that Retry-After asks for, by a number or an HTTP date; None where it is neither."""
    value = headers.get("retry-after", "").strip()
    if not value:
        return None
    try:
        seconds = float(value)
    except ValueError:
        try:
            seconds = (parsedate_to_datetime(value) - now).total_seconds()
        except (ValueError, TypeError):
            return None
    return max(0.0, seconds) if seconds < float("inf") else None


def message_of(error: BaseException) -> str:
    """The error's own words, else its class."""
    if isinstance(error, TimeoutError):
        return "no answer within the time limit"
    return " ".join(str(error).split()) or type(error).__name__


def shorten(text: str) -> str:
    """At most `MAX_MESSAGE_CHARACTERS`: some providers repeat the whole prompt in their errors."""
    return text if len(text) <= MAX_MESSAGE_CHARACTERS else text[: MAX_MESSAGE_CHARACTERS - 1] + "…"
