"""A value that is known to be secret is masked in whatever way it is written."""

from __future__ import annotations

import html
import json
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.redaction.environment import secrets_of_environment
from tasks.redaction.redactor import MASK, Redactor

AWKWARD = 'Pa/ss+w"o\\rd&<é>1'
PLAIN = "plainword77"

WRITTEN: dict[str, Callable[[str], str]] = {
    "itself": str,
    "lower case": str.lower,
    "upper case": str.upper,
    "json": json.dumps,
    "json with its own letters": lambda value: json.dumps(value, ensure_ascii=False),
    "json in json": lambda value: json.dumps(json.dumps({"key": value})),
    "json as PHP writes it": lambda value: json.dumps(value).replace("/", "\\/"),
    "json as Go writes it": lambda value: (
        json.dumps(value).replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")
    ),
    "repr": repr,
    "path of a URL": quote,
    "parameter of a URL": lambda value: quote(value, safe=""),
    "parameter of a URL in small letters": lambda value: quote(value, safe="").lower(),
    "form": quote_plus,
    "html": html.escape,
    "hexadecimal": lambda value: value.encode().hex(),
    "base64 of user:key": lambda value: b64encode(f"user:{value}".encode()).decode(),
    "base64 of me:key": lambda value: b64encode(f"me:{value}".encode()).decode(),
    "base64 of key:": lambda value: b64encode(f"{value}:".encode()).decode(),
    "base64 for URLs": lambda value: urlsafe_b64encode(f"u:{value}".encode()).decode(),
}


@pytest.mark.parametrize("value", [AWKWARD, PLAIN])
@pytest.mark.parametrize("write", WRITTEN.values(), ids=WRITTEN)
def test_a_known_value_is_masked_however_it_is_written(value: str, write: Callable[[str], str]) -> None:
    written = write(value)
    kept = Redactor([value]).redact(f"failed for <{written}>, sorry")
    assert written.strip("\"'") not in kept
    assert kept.startswith("failed for <")
    assert kept.endswith(">, sorry")
    assert MASK in kept


@settings(deadline=None)  # each example compiles its expressions
@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=8, max_size=40), st.binary(max_size=7))
def test_no_value_hides_in_base64(value: str, before: bytes) -> None:
    coded = b64encode(before + value.encode() + b"!!").decode()
    if len(value.strip().encode()) >= 10:  # shorter ones leave too few characters that do not depend on neighbours
        assert coded not in Redactor([value.strip()]).redact(coded)


def test_a_long_value_that_was_cut_off_is_known_by_its_beginning() -> None:
    redactor = Redactor(["zq9w8e7r6t5y4u3i2o1p"])
    assert redactor.redact("got 'zq9w8e7r6t5y4u…") == f"got '{MASK}"
    assert redactor.redact("got 'zq9w8e7'") == "got 'zq9w8e7'"  # a few letters tell nothing


def test_short_values_are_no_words_to_hunt() -> None:
    assert Redactor(["canary-9", "none", "1"]).redact("the none of it 1, canary-9") == f"the none of it 1, {MASK}"


def test_only_known_values_are_masked_where_a_text_must_else_stay_as_it_is() -> None:
    shaped = "AKIA" + "ABCDEFGH23456789"
    assert Redactor([PLAIN]).mask_known(f"{shaped} and {PLAIN}") == f"{shaped} and {MASK}"
    assert Redactor().mask_known(shaped) is shaped


ENVIRONMENT = {
    "OPENAI_API_KEY": "k-12345678",
    "SOME_VENDOR_TOKEN": "plainword77",
    "DB_PASSWORD": "correcthorse",
    "PREFECT_SERVER_API_AUTH_STRING": "admin:pw-12345",
    "DATABASE_URL": "postgresql://app:p%40ss-w0rd@db.example/x",
    "GOOGLE_CREDENTIALS": json.dumps({"type": "service_account", "private_key": "-----BEGIN\nMIIEpAIBAAKC\n-----END"}),
    "AWS_BEARER_TOKEN_BEDROCK": "ABSKabc12345",
    "MY_CHOICE": "anything at all",
}
PUBLIC = {
    "PATH": "/usr/bin:/bin",
    "PWD": "/srv/project12345",
    "HOME": "/home/somebody1",
    "TOKENIZERS_PARALLELISM": "disabled",
    "SSH_AUTH_SOCK": "/run/agent.123456",
    "GOOGLE_APPLICATION_CREDENTIALS": "/etc/keys/account1.json",
    "TOKEN_URL": "https://login.example/oauth2/token",
    "KEY_COUNT": "1234567890",
    "OLLAMA_API_KEY": "ollama",
    "LOCAL_API_KEY": "no-key",
    "REGION": "eastern-shore-1",
}


def test_which_variables_are_secret_is_told_by_their_names_and_values() -> None:
    secrets = secrets_of_environment({**ENVIRONMENT, **PUBLIC}, names={"MY_CHOICE"})
    assert set(ENVIRONMENT.values()) - {ENVIRONMENT["DATABASE_URL"]} <= secrets
    assert {"p%40ss-w0rd", "p@ss-w0rd", "MIIEpAIBAAKC"} <= secrets
    assert not secrets & set(PUBLIC.values())
