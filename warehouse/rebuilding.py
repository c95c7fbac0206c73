"""Making the published file anew from the ledger, and the ledger from the published file, where one is damaged."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime

import duckdb

from policies.errors import BadInputError, WorkFailedError
from warehouse.damage import LEDGER_REMEDY, DamagedError, is_damage, ledger_failure, one_line, read_whole
from warehouse.home import Home
from warehouse.ledger import LOCK_WAIT_S, hold_ledger, open_ledger
from warehouse.open_segment import sync_folder
from warehouse.publishing import one_checkpoint, replace_published
from warehouse.replacing import set_ledger_aside, stage_ledger

LAST_REMEDY = "`pointsman restore BACKUP` brings a backup back"


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What a rebuild came to: the rows of all tables, each of which was read, and the folder of what was replaced.

    `is_new` is false where nothing was needed.
    """

    n_rows: int
    is_new: bool
    set_aside: str | None = None


def rebuild_published(home: Home, *, wait_s: float = LOCK_WAIT_S) -> Rebuilt:
    """Publish the ledger again, whatever is published now; readers keep what they have open.

    Raises `DamagedError` if the ledger itself is damaged, before anything is replaced, and `WorkFailedError`.
    """
    require_something(home)
    with hold_ledger(home, wait_s=wait_s):
        n_rows = read_ledger(home, wait_s=wait_s)
        try:
            with one_checkpoint(home, wait_s=wait_s):
                pass
        except duckdb.Error as error:
            raise ledger_failure(home, error) from error
        replace_published(home)
    return Rebuilt(n_rows, is_new=True)


def rebuild_ledger(home: Home, *, rebuilt_at: datetime, wait_s: float = LOCK_WAIT_S) -> Rebuilt:
    """Make a damaged or missing ledger anew from the published copy; the old one is set aside.

    The copy is at most one checkpoint behind, and segments stay in the spool until their checkpoint is published: so
    the next land brings back what the copy has not. A sound ledger is left alone. Raises `DamagedError` if the copy is
    damaged too, and `WorkFailedError`.
    """
    require_something(home)
    with hold_ledger(home, wait_s=wait_s):
        try:
            return Rebuilt(read_ledger(home, wait_s=wait_s), is_new=False)
        except DamagedError:
            n_rows = read_published(home)
        staged = stage_ledger(home, home.published)
        set_aside = set_ledger_aside(home, at=rebuilt_at)
        staged.replace(home.ledger)
        sync_folder(home.root)
    return Rebuilt(n_rows, is_new=True, set_aside=str(set_aside))


def require_something(home: Home) -> None:
    """Raise `BadInputError` where nothing was ever landed."""
    if not home.ledger.exists() and not home.published.exists():
        raise BadInputError("there is no warehouse yet: run a job or `pointsman land` first", file=home.published)


def read_ledger(home: Home, *, wait_s: float) -> int:
    """The number of rows of the ledger, all of which were read; nothing is changed. Raises `DamagedError`."""
    if not home.ledger.exists():
        raise DamagedError(f"{home.ledger} is missing; {LEDGER_REMEDY}")
    try:
        with open_ledger(home, deadline=time.monotonic() + wait_s, read_only=True) as connection:
            return read_whole(connection)
    except duckdb.Error as error:
        raise ledger_failure(home, error) from error


def read_published(home: Home) -> int:
    """The number of rows of the published file, all of which were read; raises `DamagedError`."""
    if not home.published.exists():
        raise DamagedError(f"{home.published} is missing too; {LAST_REMEDY}")
    try:
        with duckdb.connect(home.published, read_only=True) as connection:
            return read_whole(connection)
    except duckdb.Error as error:
        if is_damage(error):
            raise DamagedError(f"{home.published} is damaged too: {one_line(error)}; {LAST_REMEDY}") from error
        raise WorkFailedError(f"{home.published}: {one_line(error)}") from error
