"""What the ledger has already of what is to be imported."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Literal, TypeAlias

from warehouse.evidence import read_facts
from warehouse.home import Home
from warehouse.query import query
from warehouse.sql import sql_text

Known: TypeAlias = Literal["known_attempts", "known_calls", "known_scores", "known_usage"]
MAX_IDS = 50_000


def known_ids(home: Home, read: Known, ids: Sequence[str]) -> frozenset[str]:
    """Those of `ids` that the published ledger has; none where nothing was published yet."""
    found: set[str] = set()
    if not home.published.exists():
        return frozenset()
    for chunk in chunks(ids):
        found.update(str(row[0]) for row in query(home, sql_text("reads", read), parameters={"ids": chunk}).rows)
    return frozenset(found)


def chunks(ids: Iterable[str]) -> Iterator[list[str]]:
    """Ids in lists that one query takes."""
    rest = iter(ids)
    while chunk := list(islice(rest, MAX_IDS)):
        yield chunk


def foreign_calls(
    home: Home, origin: str, *, foreign_ids: Sequence[str], item_ids: Sequence[str]
) -> tuple[tuple[str, str], ...]:
    """The imported calls that the published ledger has by these ids, or of these items: foreign id and item id."""
    if not home.published.exists():
        return ()
    parameters = {"origin": origin, "foreign_ids": list(foreign_ids), "item_ids": list(item_ids)}
    rows = query(home, sql_text("reads", "calls_of_origin"), parameters=parameters).rows
    return tuple((str(foreign_id), str(item_id)) for foreign_id, item_id in rows)


@dataclass(frozen=True, slots=True)
class Cut:
    """One category of an account's usage, and the periods and grouping that an export cuts it into."""

    origin: str
    category: str
    account: str | None
    grouped_by: str
    periods: tuple[tuple[datetime, datetime], ...]


@dataclass(frozen=True, slots=True)
class KnownBucket:
    """A bucket that the ledger has."""

    grouped_by: str
    started_at: datetime
    ended_at: datetime


def usage_conflict(home: Home, cut: Cut) -> KnownBucket | None:
    """The first bucket of the published ledger that cuts the same usage in another way."""
    if not home.published.exists():
        return None
    parameters = {
        "origin": cut.origin,
        "category": cut.category,
        "account": cut.account,
        "grouped_by": cut.grouped_by,
        "starts": [begun for begun, _ in cut.periods],
        "ends": [over for _, over in cut.periods],
    }
    found = read_facts(home, "usage_conflicts", parameters, KnownBucket)
    return found[0] if found else None
