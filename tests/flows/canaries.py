"""Twenty-five secrets, each with a place of its own, and where they are looked for afterwards."""

from __future__ import annotations

import json
import sqlite3
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from urllib.parse import quote

import duckdb

LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def random(number: int, n_characters: int, letters: str = LETTERS) -> str:
    """Characters that look random, and are others for each number; the last two are the number."""
    drawn = b"".join(sha256(f"{number}/{part}".encode()).digest() for part in range(4))
    return "".join(letters[byte % len(letters)] for byte in drawn)[: n_characters - 2] + f"{number:02d}"


# Put together here, so that no scanner takes this file for a leak.
ENVIRONMENT = {
    "POINTSMAN_TEST_CANARY_KEY": "opaque+value/of=the<key>-01",  # the catalogue names it: sent to the provider
    "QUITE_HARMLESS": "violet-umbrella-02",  # POINTSMAN_SECRET_VARIABLES names it
    "SOME_VENDOR_TOKEN": "vendorvalue-03",  # its name says so
    "DATABASE_URL": "postgresql://app:database-pw-04@db.example/x",  # the password in it
}
IN_URL = "database-pw-04"
PROXY = b64encode(b"user:proxypass-07").decode()
HEADERS = {  # what the provider's errors repeat
    "x-api-key": random(5, 32, "0123456789abcdef"),
    "Cookie": f"session={random(6, 32)}",
    "Proxy-Authorization": f"Basic {PROXY}",
    "X-Upstream": "https://gateway:upstreampw-08@host.example/v1",
}
ITEM = {
    "openai": f"sk-proj-{random(9, 42)}",
    "aws_id": f"AKIA{random(10, 16, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567')}",
    "aws_secret": random(11, 40),
    "jwt": f"eyJhbGciOiJIUzI1NiJ9.{random(12, 20)}.{random(12, 43)}",
    "pem": f"MIIEpAIBAAKCAQEA{random(13, 48)}",
    "item_id": f"glpat-{random(14, 22)}",
    "tag": f"hvs.{random(15, 26)}",
    "reference": f"AIzaSy{random(16, 35)}",
}
FILES = {
    "job_prompt": f"ghp_{random(17, 36)}",
    "rule_keyword": f"pplx-{random(18, 42)}",
    "rule_name": f"xai-{random(19, 32)}",
    "document_text": f"npm_{random(20, 36)}",
    "document_name": f"gsk_{random(21, 32)}",
    "batch_name": f"r8_{random(22, 37)}",
}
ANSWERS = {
    "answer": f"xoxb-123456789012-{random(23, 22)}",
    "quote": f"hf_{random(24, 34)}",
    "unusable": f"SG.{random(25, 22)}.{random(25, 43)}",
}
KNOWN = (*list(ENVIRONMENT.values())[:3], IN_URL)
ALL = (
    *KNOWN,
    HEADERS["x-api-key"],
    HEADERS["Cookie"].removeprefix("session="),
    PROXY,
    "upstreampw-08",
    *ITEM.values(),
    *FILES.values(),
    *ANSWERS.values(),
)


def spellings(canary: str) -> Iterator[str]:
    """How a canary may have been written."""
    yield from (canary, json.dumps(canary)[1:-1], quote(canary), quote(canary, safe=""), canary.lower(), canary.upper())
    yield canary[: max(12, len(canary) * 2 // 3)]  # cut off
    yield canary.encode().hex()
    for before in ("user:", "me:", "u:"):
        coded = b64encode(f"{before}{canary}".encode()).decode()
        yield coded[8:-6]


def found_in(content: bytes, canaries: tuple[str, ...] = ALL) -> set[str]:
    """The canaries of which any spelling is in `content`."""
    return {canary for canary in canaries for spelt in spellings(canary) if spelt.encode() in content}


def contents_below(folder: Path, *, exempt: Mapping[Path, tuple[str, ...]]) -> Iterator[tuple[str, set[str]]]:
    """Every file below a folder, every text of its databases, and every name, with the canaries that are in it."""
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        yield f"name of {name}", found_in(name.encode())
        if path.is_file():
            yield name, found_in(path.read_bytes(), exempt.get(path, ALL))
            if path.suffix == ".duckdb":
                yield f"{name}: rows", found_in(duckdb_texts(path))
            elif path.suffix in (".db", ".sqlite"):
                yield f"{name}: rows", found_in(sqlite_texts(path))


def duckdb_texts(path: Path) -> bytes:
    """Every value of every table of a DuckDB file: its columns are compressed on disk."""
    with duckdb.connect(path, read_only=True) as connection:
        tables = connection.execute("SELECT table_name FROM duckdb_tables() ORDER BY ALL").fetchall()
        rows = [row for (table,) in tables for row in connection.execute(f'SELECT * FROM "{table}"').fetchall()]
    assert len(rows) > 20
    return repr(rows).encode()


def sqlite_texts(path: Path) -> bytes:
    """Every value of every table of an SQLite file: a long one is spread over pages."""
    with closing(sqlite3.connect(path)) as connection:
        tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        rows = [row for (table,) in tables for row in connection.execute(f'SELECT * FROM "{table}"').fetchall()]
    assert len(rows) > 20
    return repr(rows).encode()
