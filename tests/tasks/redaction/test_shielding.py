"""Errors leave flows and tasks without secrets, for Prefect stores what they say."""

from __future__ import annotations

import traceback

import pytest

from policies.errors import BadInputError, WorkFailedError
from tasks.models.client import CallError
from tasks.redaction.redactor import MASK
from tasks.redaction.shielding import clean_errors, shielded

KEY = "sk-" + "proj-" + "abcdefgh12345678"


def said(error: BaseException) -> str:
    """Everything that an error tells."""
    return "".join(traceback.format_exception(error)) + repr(error) + repr(vars(error))


@pytest.mark.parametrize(
    "error",
    [
        WorkFailedError(f"failed for {KEY}"),
        BadInputError(f"can't be {KEY}", file=f"/tmp/{KEY}", field=f"steps.{KEY}", value=f"x{'x' * 70} {KEY}"),
        BadInputError("can't be used", value={"api_key": KEY}),
        CallError(f"no {KEY}", status="error", error_type="http", is_retryable=False),
    ],
)
def test_our_own_errors_stay_what_they_are_without_the_secret(error: Exception) -> None:
    with pytest.raises(type(error)) as raised, clean_errors():
        raise error
    assert raised.value is error
    assert KEY not in said(raised.value)
    assert KEY[3:14] not in said(raised.value)  # nor the half of it that a cut at 80 characters would leave
    assert MASK in str(error) or "xxxx" in str(error)


def test_a_cause_that_tells_is_left_away() -> None:
    with pytest.raises(WorkFailedError) as raised, clean_errors():
        raise WorkFailedError("failed") from ValueError(KEY)
    assert KEY not in said(raised.value)


@pytest.mark.parametrize("error", [ValueError(KEY), KeyError(KEY), OSError(2, "no such file", f"/tmp/{KEY}")])
def test_an_error_of_others_that_tells_is_raised_as_ours(error: Exception) -> None:
    with pytest.raises(WorkFailedError, match=type(error).__name__) as raised, clean_errors():
        raise error
    assert KEY not in said(raised.value)
    assert MASK in str(raised.value)


def test_other_errors_pass_as_they_are() -> None:
    error = ValueError("no reason")

    @shielded
    def fail() -> None:
        raise error

    with pytest.raises(ValueError, match="no reason") as raised:
        fail()
    assert raised.value is error


def test_a_shielded_function_keeps_its_name_and_its_result() -> None:
    @shielded
    def double(number: int) -> int:
        """Twice."""
        return 2 * number

    assert (double(2), double.__name__, double.__doc__) == (4, "double", "Twice.")
