"""Which calls the published ledger has by their ids, or by run, item and step."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from warehouse.home import Home
from warehouse.imports.known import known_ids
from warehouse.query import query
from warehouse.sql import sql_text


@dataclass(frozen=True, slots=True)
class CallName:
    """A call by its run, its item and its step; without a step, whatever calls the item has."""

    run_id: str
    item_id: str
    step: str | None


def calls_there(home: Home, call_ids: Sequence[str]) -> frozenset[str]:
    """Those of the ids that are calls' of the published ledger; none where nothing was published yet."""
    return known_ids(home, "known_calls", call_ids)


def calls_named(home: Home, names: Sequence[CallName]) -> Mapping[CallName, Sequence[str]]:
    """The calls of each name that has any, in the order of their ids."""
    found: dict[CallName, list[str]] = defaultdict(list)
    if not names or not home.published.exists():
        return found
    parameters = {
        "runs": [name.run_id for name in names],
        "items": [name.item_id for name in names],
        "steps": [name.step for name in names],
    }
    for position, call_id in query(home, sql_text("reads", "calls_named"), parameters=parameters).rows:
        found[names[int(str(position))]].append(str(call_id))
    return found
