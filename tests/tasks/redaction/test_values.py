"""Nothing secret gets into the spool, whichever field of whichever record it stands in."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from policies.types import Candidate
from tasks.ledger import spool_of
from tasks.redaction.redactor import MASK
from tasks.redaction.values import clean_line
from tasks.redaction.vault import learn_secrets
from warehouse.home import Home
from warehouse.records import DecisionMade, Record, RunStarted, Scored, Validated
from warehouse.segments import encode, read_lines

NOW = datetime(2026, 11, 25, tzinfo=UTC)
KEY = "sk-" + "proj-" + "abcdefgh12345678"
KNOWN = 'kn"own\\value/77'
MARKED = f"a {MASK} b"


def decision(secret: str) -> DecisionMade:
    candidates = (Candidate("m", eligible=False, reason=f"a {secret} b", p_cost_usd=Decimal("0.000726386")),)
    where = ("d-1", "c-1", "r-1", f"a {secret} b", "answer", "generate")
    why = ("rules", f"a {secret} b", "m", 1.0, False, candidates, None, None, "rules-1", "catalogue-1", f"a {secret} b")
    return DecisionMade(*where, *why, {"job": f"a {secret} b", f"a {secret} b": 1, "n": 2}, NOW)


RECORDS = {
    "decision": decision,
    "score": lambda secret: Scored("s-1", "c-1", f"a {secret} b", "1", "check", 1.0, f"a\n{secret} b", None, NOW),
    "run": lambda secret: RunStarted("r-1", f"a {secret} b", "h", "rules", None, None, NOW, 1, None),
    "validation": lambda secret: Validated("v", "s", "e", "t", False, f"a {secret} b", 1, True, NOW),
}


@pytest.mark.parametrize("secret", [KEY, KNOWN], ids=["shape", "value"])
@pytest.mark.parametrize("kind", RECORDS)
def test_every_text_of_a_record_is_masked_and_nothing_else_is_touched(kind: str, secret: str) -> None:
    learn_secrets(KNOWN)
    line = clean_line(encode(RECORDS[kind](secret)))
    expected = encode(RECORDS[kind]("\x00")).replace(b"\\u0000", MASK.encode())
    contents = read_lines(line)
    assert contents.refused == ()
    (payloads,) = (lines.payloads for lines in contents.lines.values() if lines.payloads)
    assert payloads == [expected[expected.index(b'"data":') + 7 : -2]]


def test_a_record_without_secrets_goes_as_it_is() -> None:
    line = encode(decision("nothing"))
    assert clean_line(line) is line


def test_the_spool_of_a_process_is_clean(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    records: list[Record] = [make(KEY) for make in RECORDS.values()]
    spool_of(home).append(*records).result()
    spool_of(home).close()
    (segment,) = home.spool.iterdir()
    written = segment.read_bytes()
    assert KEY.encode() not in written
    assert written.count(MASK.encode()) == 10
