"""How often each rule decided, as the published warehouse has it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from warehouse.home import Home
from warehouse.query import query
from warehouse.sql import sql_text


def count_matches(home: Home, *, since: datetime) -> Mapping[str, int]:
    """The number of decisions by rule name since a time; empty where nothing was published yet."""
    if not home.published.exists():
        return {}
    table = query(home, sql_text("reads", "rule_matches"), parameters={"since": since})
    return {str(rule): int(str(n)) for rule, n in table.rows}
