"""The process's way into each ledger: one spool per home, opened at its first use and closed at exit."""

from __future__ import annotations

from functools import lru_cache

from tasks.redaction.values import clean_line
from warehouse.home import Home
from warehouse.spool import Spool


@lru_cache(maxsize=8)
def spool_of(home: Home) -> Spool:
    """The spool of a home, the same for every task of this process; nothing secret gets into it."""
    return Spool(home.create(), clean=clean_line)
