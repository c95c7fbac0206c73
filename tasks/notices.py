"""What is said once in the log of a process, however often it is found."""

from __future__ import annotations

import logging
from functools import cache

LOG = logging.getLogger(__name__)


@cache
def say_once(sentence: str) -> None:
    """Warn in the log of the flow or task that is under way."""
    from prefect.exceptions import MissingContextError  # here: it takes a second to import
    from prefect.logging import get_run_logger

    try:
        get_run_logger().warning(sentence)
    except MissingContextError:
        LOG.warning(sentence)
