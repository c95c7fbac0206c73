"""What looks like a secret is masked wherever it stands, and ordinary text is left alone."""

from __future__ import annotations

import ast
import hashlib
import json
import sysconfig
import uuid
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.redaction.redactor import MASK, Redactor

PLAIN = Redactor()
B62 = "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8s9T0u1V2w3X4y5Z6a7B8c9D0e1F2g3H4i5J6k7L8"
HEX = hashlib.sha256(b"a key").hexdigest() * 2
PEM = "-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA1c7\nq0/x+Tz9wAaB==\n-----END RSA PRIVATE KEY-----"

# Each value is put together here, so that no scanner takes this file for a leak.
KEYS = {
    "OpenAI": "sk-" + B62[:48],
    "OpenAI project": "sk-proj-" + B62[:40] + "_-" + B62[:20],
    "OpenAI service account": "sk-svcacct-" + B62[:60],
    "Anthropic": "sk-ant-api03-" + B62[:60] + "-AA",
    "OpenRouter": "sk-or-v1-" + HEX[:64],
    "DeepSeek": "sk-" + HEX[:32],
    "Google": "AIzaSy" + B62[:33],
    "Google OAuth": "ya29." + B62[:50],
    "AWS": "AKIA" + "ABCDEFGH23456789",
    "AWS temporary": "ASIA" + "ABCDEFGH23456789",
    "Bedrock": "ABSK" + B62[:60] + "==",
    "Azure OpenAI": B62[:50] + "JQQJ99" + B62[:28],
    "GitHub": "ghp_" + B62[:36],
    "GitHub app": "ghs_" + B62[:36],
    "GitHub fine-grained": "github_pat_" + B62[:22] + "_" + B62[:59],
    "GitLab": "glpat-" + B62[:20],
    "Slack bot": "xoxb-" + "123456789012-123456789012-" + B62[:24],
    "Slack app": "xapp-" + "1-A0123-456-" + HEX[:64],
    "Slack webhook": "https://hooks.slack.com/services/" + "T00000000/B00000000/" + B62[:24],
    "Hugging Face": "hf_" + B62[:34],
    "Groq": "gsk_" + B62[:52],
    "xAI": "xai-" + B62[:60],
    "Perplexity": "pplx-" + B62[:48],
    "Replicate": "r8_" + B62[:37],
    "NVIDIA": "nvapi-" + B62[:60],
    "LangSmith": "lsv2_pt_" + HEX[:32] + "_" + HEX[:10],
    "Langfuse": "sk-lf-" + str(uuid.UUID(HEX[:32])),
    "Prefect": "pnu_" + B62[:36],
    "npm": "npm_" + B62[:36],
    "PyPI": "pypi-AgE" + "IcHlwaS5vcmc" + B62[:50],
    "Stripe": "sk_live_" + B62[:24],
    "SendGrid": "SG." + B62[:22] + "." + B62[:43],
    "Databricks": "dapi" + HEX[:32],
    "Vault": "hvs." + B62[:24],
    "Telegram": "123456789:AA" + B62[:33],
    "JWT": "eyJhbGciOiJIUzI1NiJ9." + "eyJzdWIiOiIxMjM0In0." + B62[:43],
    "private key": PEM,
}


@pytest.mark.parametrize("key", KEYS.values(), ids=KEYS)
@pytest.mark.parametrize(
    "around",
    [
        "{}",
        "error: invalid key {}.",
        '{{"message": "{}"}}',
        "line one\n{}\nline three",
        "ключ={}",
        "({})",
        "`{}`",
        "x;{};",
    ],
)
def test_keys_are_known_by_their_shape_wherever_they_stand(key: str, around: str) -> None:
    assert_masked(around.format(key), telling_part(key))


@pytest.mark.parametrize("key", KEYS.values(), ids=KEYS)
@pytest.mark.parametrize(
    "encode",
    [
        lambda key: json.dumps({"k": key}),
        lambda key: json.dumps({"body": json.dumps({"k": f"line\n{key}"})}),
        lambda key: repr({"k": key}),
        lambda key: json.dumps(key).replace("/", "\\/"),
        lambda key: f"https://host.example/v1?key={quote(key, safe='')}&x=1",
    ],
    ids=["json", "json in json", "repr", "json as PHP", "url"],
)
def test_keys_are_known_in_json_and_urls(key: str, encode: object) -> None:
    assert callable(encode)
    assert_masked(encode(key), telling_part(key).split("\n")[0])


def telling_part(key: str) -> str:
    """What of a key nobody may see: the secret itself, without a public frame around it."""
    if key == PEM:
        return PEM.split("\n")[1]
    return key.rpartition("services/")[2].rstrip("=")


def assert_masked(text: str, secret: str) -> None:
    kept = PLAIN.redact(text)
    assert secret not in kept
    assert quote(secret, safe="") not in kept
    assert MASK in kept
    assert PLAIN.redact(kept) == kept


IN_CONTEXT = [
    ("Authorization: Bearer abc.def-123", "abc.def-123"),
    ("authorization: bearer abc.def-123", "abc.def-123"),
    ("AUTHORIZATION=BEARER ABC.DEF-123", "ABC.DEF-123"),
    ("{'authorization': 'Bearer abc.def'}", "abc.def"),
    ("[(b'Authorization', b'Bearer abc.def-123'), (b'host', b'x')]", "abc.def-123"),
    ('{"headers": "{\\"Authorization\\": \\"Bearer abc.def-123\\"}"}', "abc.def-123"),
    ("Authorization%3A%20Bearer%20abc.def-123", "abc.def-123"),
    ("Proxy-Authorization: Basic dXNlcjpwYXNz", "dXNlcjpwYXNz"),
    ("curl -H 'Authorization: token 0123456789abcdef'", "0123456789abcdef"),
    ("Basic dXNlcjpwYXNz", "dXNlcjpwYXNz"),
    ("Basic dTpwL3crMTI_", "dTpwL3crMTI_"),
    ("x-api-key: 9f8e7d6c", "9f8e7d6c"),
    ("X-Api-Key: 9f8e7d6c", "9f8e7d6c"),
    ("api-key: 0123456789abcdef0123456789abcdef", "0123456789abcdef0123456789abcdef"),
    ("x-goog-api-key=9f8e7d6c5b", "9f8e7d6c5b"),
    ("Ocp-Apim-Subscription-Key: 0123456789abcdef", "0123456789abcdef"),
    ('{"api_key": "9f8e7d6c"}', "9f8e7d6c"),
    ("litellm.acompletion(model='x', api_key='9f8e7d6c5b')", "9f8e7d6c5b"),
    ('"client_secret":"Ab1~x9.Q_z"', "Ab1~x9.Q_z"),
    ("aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEK3Y", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEK3Y"),
    ("AKIAABCDEFGH23456789,wJalrXUtnFEMI/K7MDENG/bPxRfiCYzzzzzK3Yab", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYzzzzzK3Yab"),
    ("export VENDOR_TOKEN=q9w8e7r6t5y4", "q9w8e7r6t5y4"),
    ("DB_PASSWORD='hunter2hunter2'", "hunter2hunter2"),
    ('password: "correct horse 7"', "correct horse 7"),
    ("GET https://host.example/v1?key=AIzaSomething&x=1", "AIzaSomething"),
    ("https://host.example/?x=1&sig=Zm9v%2Fbar1", "Zm9v%2Fbar1"),
    ("https://user:hunter2@host.example/v1", "hunter2"),
    ("postgresql+asyncpg://app:p%40ss-w0rd@db.example:5432/x", "p%40ss-w0rd"),
    ("redis://:onlyapassword9@cache.example", "onlyapassword9"),
    ("https%3A%2F%2Fuser%3Ahunter2%40host.example", "hunter2"),
    ("https://0a1b2c3d4e5f6a7b8c9d@host.example/repo.git", "0a1b2c3d4e5f6a7b8c9d"),
    ("Server=tcp:x.example;User ID=a;Password=hunter;Encrypt=true;", "hunter;"),
    ("AccountName=a;AccountKey=Zm9vYmFyYmF6MTIzNDU2Nzg5MA==;EndpointSuffix=core", "Zm9vYmFyYmF6MTIzNDU2Nzg5MA"),
    ("Endpoint=sb://x.example/;SharedAccessKeyName=root;SharedAccessKey=abc123def456=", "abc123def456"),
    ("AWS4-HMAC-SHA256 Credential=x/2026/us, Signature=" + HEX[:64], HEX[:64]),
    ("Cookie: session=0a1b2c3d4e5f6a7b8c9d; theme=dark", "0a1b2c3d4e5f6a7b8c9d"),
    ("Incorrect API key provided: sk-proj-abcdefgh123", "sk-proj-abcdefgh123"),
    ("cut off: sk-ant-api03-abc123x…", "abc123x"),
]


@pytest.mark.parametrize(("text", "secret"), IN_CONTEXT)
def test_what_stands_where_a_credential_stands_is_masked(text: str, secret: str) -> None:
    assert_masked(text, secret)


@pytest.mark.parametrize("text", [text for text, _ in IN_CONTEXT])
def test_what_surrounds_a_secret_is_kept(text: str) -> None:
    kept = PLAIN.redact(f"before it\n{text}\nafter it")
    assert kept.startswith("before it\n")
    assert kept.endswith("\nafter it")


ORDINARY = [
    "",
    "a plain sentence",
    "the key question: what is a basic authority?",
    "Basic authentication sends a bearer token; authorization: see the manual.",
    "Authorization: Bearer <token>",
    "Authorization: Bearer $TOKEN",
    "Authorization: Bearer YOUR_API_KEY",
    "Set OPENAI_API_KEY=your-key-here-123 first",
    "user@host.example",
    "api_key: str = None",
    "api_key=os.environ['KEY_1']",
    "api_key = settings.v2.api_key_2",
    "client_secret=load_secret_v2(path)",
    "password=None, passwd = '', password=password",
    "http://user:password@host.example/",
    "http://${USER}:${PASSWORD}@host.example/",
    "http://localhost:8080/v1@latest",
    "max_tokens: 12345678, token_count=1048576",
    "KEY_WOW64_64KEY = 0x00000100",
    "sha256:" + HEX[:64],
    "sk-toggleable__content-arrow sk-estimator-doc-link",
    "task-oriented risk-assessment-of-2024-and-later",
    f"commit {HEX[:40]}, request {uuid.UUID(HEX[:32])}",
    "data:image/png;base64," + B62 * 3,
    "2026-11-25T03:11:47.123456Z, 0.000726386 USD, +44 20 7946 0958, a.b@example.org",
    "-----BEGIN CERTIFICATE-----\nMIIC1TCCAb2gAwIBAgIJANhb\n-----END CERTIFICATE-----",
    "A PEM file begins with -----BEGIN PRIVATE KEY----- and holds base64.",
    "der Schlüssel: 秘密のキー, пароль: нет",
]


@pytest.mark.parametrize("text", ORDINARY)
def test_ordinary_text_is_left_alone(text: str) -> None:
    assert PLAIN.redact(text) is text


def test_the_standard_librarys_documentation_is_left_alone() -> None:
    texts = list(docstrings(Path(sysconfig.get_path("stdlib"))))
    assert len(texts) > 2000
    assert [text for text in texts if PLAIN.redact(text) is not text] == []


def docstrings(folder: Path) -> Iterator[str]:
    """Docstrings of every third file of the standard library, its own tests' aside: to parse them all takes seconds."""
    for path in sorted(folder.rglob("*.py"))[::3]:
        if not {"site-packages", "test", "tests"} & set(path.parts):
            tree = ast.parse(path.read_bytes())
            holders = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
            yield from filter(None, (ast.get_docstring(n) for n in ast.walk(tree) if isinstance(n, holders)))


@settings(deadline=None)
@given(st.text())
def test_any_text_comes_back_and_masking_twice_changes_nothing(text: str) -> None:
    once = PLAIN.redact(text)
    assert PLAIN.redact(once) == once


@settings(deadline=None)
@given(st.text(max_size=30), st.text(max_size=30))
def test_a_key_is_masked_between_any_two_texts(before: str, after: str) -> None:
    key = KEYS["AWS"]
    assert key not in PLAIN.redact(f"{before} {key} {after}")


def test_people_are_masked_only_where_that_is_asked_for() -> None:
    text = (
        "Write to ann.lee+x@mail.example.org or call +44 20 7946 0958, (555) 010-4477, not 2026-11-25 or 0.000726386."
    )
    masked = f"Write to {MASK} or call {MASK}, {MASK}, not 2026-11-25 or 0.000726386."
    assert PLAIN.redact(text) == text
    assert Redactor(people=("emails", "phones")).redact(text) == masked
    assert "+44 20 7946 0958" in Redactor(people=("emails",)).redact(text)
    assert "ann.lee" in Redactor(people=("phones",)).redact(text)
