"""What takes most of the space is packed: long texts, and the JSON that a policy saw."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import duckdb
import pytest

from warehouse.landing import land
from warehouse.query import query

PACKED = """
SELECT DISTINCT column_name, compression
FROM pragma_storage_info($table)
WHERE column_name IN ('features', 'prompt_text') AND segment_type IN ('JSON', 'VARCHAR')
"""


@pytest.fixture
def long_calls(world):
    """Calls with prompts of about 2 KB, of words that come again, and one with a prompt of 70 KB."""
    random = Random(11)
    words = [f"{random.getrandbits(24):06x}" for _ in range(2_000)]
    return [
        replace(world.intent(n), prompt_text=" ".join(random.choices(words, k=300 if n else 10_000)))
        for n in range(400)
    ]


def test_long_texts_and_features_are_packed_and_come_back_as_they_were(world, long_calls) -> None:
    world.append(*(world.decision(n) for n in range(400)), *map(world.outcome, long_calls))
    land(world.home)
    with duckdb.connect(world.home.ledger, read_only=True) as connection:
        packed = [connection.execute(PACKED, {"table": table}).fetchall() for table in ("decisions", "attempts")]
    assert packed == [[("features", "ZSTD")], [("prompt_text", "ZSTD")]]
    stored = dict(query(world.home, "SELECT attempt_id, prompt_text FROM attempts").rows)
    assert stored == {call.attempt_id: call.prompt_text for call in long_calls}
    assert query(world.home, "SELECT DISTINCT features ->> 'input_tokens' FROM decisions").rows == [("100",)]
