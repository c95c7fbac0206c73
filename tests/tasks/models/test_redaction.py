"""Nothing that looks like a credential survives in a stored text."""

from __future__ import annotations

import pytest

from tasks.models.redaction import redact


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("Authorization: Bearer abc.def-123", "abc.def-123"),
        ("{'authorization': 'Bearer abc.def'}", "abc.def"),
        ("x-api-key: 9f8e7d6c", "9f8e7d6c"),
        ('{"api_key": "9f8e7d6c"}', "9f8e7d6c"),
        ("GET https://host.example/v1?key=AIzaSomething&x=1", "AIzaSomething"),
        ("https://user:hunter2@host.example/v1", "hunter2"),
        ("Incorrect API key provided: sk-proj-abcdefgh123", "sk-proj-abcdefgh123"),
        ("Basic dXNlcjpwYXNz", "dXNlcjpwYXNz"),
    ],
)
def test_what_looks_like_a_credential_is_masked(text, secret):
    assert secret not in redact(text)
    assert "[redacted]" in redact(text)


def test_values_of_secret_variables_are_masked_wherever_they_stand(monkeypatch):
    monkeypatch.setenv("SOME_VENDOR_TOKEN", "plainword77")
    monkeypatch.setenv("SOME_VENDOR_REGION", "eastern-shore")
    assert redact("failed for plainword77 in eastern-shore") == "failed for [redacted] in eastern-shore"


def test_given_secrets_are_masked_and_short_ones_are_not_words_to_hunt():
    assert redact("the none of it, canary-9", ["canary-9", "none"]) == "the none of it, [redacted]"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a plain sentence",
        "the key question: what is a basic authority?",
        "user@host.example",
        "api_key: str = None",
    ],
)
def test_ordinary_text_is_left_alone(text):
    assert redact(text) == text
