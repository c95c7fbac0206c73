"""How far back a command looks: `7d`, `12h`, a day, or a time."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from policies.errors import BadInputError

UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
_AGO = re.compile(r"([0-9]{1,6})([mhdw])")


def since_of(text: str, *, now: datetime, field: str) -> datetime:
    """The time that a period began, in UTC; days and times without a zone are UTC's.

    Raises `BadInputError` that names `field` for what is neither a number with m, h, d or w, nor an ISO 8601 date.
    """
    ago = _AGO.fullmatch(text)
    try:
        if ago is not None:
            return now - int(ago[1]) * UNITS[ago[2]]
        at = datetime.fromisoformat(text)
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        problem = "must be a period such as 7d, 12h or 30m, or a day such as 2026-11-01"
        raise BadInputError(problem, field=field, value=text) from error
