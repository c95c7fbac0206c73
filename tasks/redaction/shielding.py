"""Keeping secrets out of the errors that flows and tasks raise: Prefect writes them into its database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import ParamSpec, TypeVar

from policies.errors import PointsmanError, WorkFailedError
from tasks.redaction.guarding import guard_process
from tasks.redaction.vault import redact

P = ParamSpec("P")
R = TypeVar("R")


def shielded(function: Callable[P, R]) -> Callable[P, R]:
    """The same function, whose errors have secrets masked in what they say."""

    @wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        with clean_errors():
            return function(*args, **kwargs)

    return run


@contextmanager
def clean_errors() -> Iterator[None]:
    """Mask secrets in whatever the body raises, and in whatever its process logs.

    Our own errors are changed in place, with their causes left away where those would tell; of others that would tell,
    the redacted message is raised as `WorkFailedError`.
    """
    guard_process()
    try:
        yield
    except PointsmanError as error:
        error.rewrite(redact)
        if any(redact(str(cause)) != str(cause) for cause in causes(error)):
            raise error from None
        raise
    except Exception as error:
        if all(redact(str(one)) == str(one) for one in (error, *causes(error))):
            raise
        raise WorkFailedError(f"{type(error).__name__}: {redact(str(error))}") from None


def causes(error: BaseException) -> Iterator[BaseException]:
    """What an error was raised from, or while handling, outermost first."""
    seen = {id(error)}
    current = error.__cause__ or error.__context__
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        yield current
        current = current.__cause__ or current.__context__
