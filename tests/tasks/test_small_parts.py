"""Keys, settings, texts, waiting, identifiers, decisions and limits: one table or two of behaviour each."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from tenacity import Future, RetryCallState, Retrying

from policies.errors import BadInputError
from policies.features import features_of
from policies.pricing import make_price
from policies.types import Catalogue, Deployment, Model
from tasks.clock import now
from tasks.identifiers import call_id_of, decision_id_of, digest, new_attempt_id, score_id_of
from tasks.keys import missing_keys
from tasks.manifest import folder_of
from tasks.settings import load_settings
from tasks.texts import text_keeper
from tasks.waiting import is_worth_retrying, wait_s
from tests.fakes.clients import failed, rate_limited, refused, timed_out
from tests.fakes.desks import planned_call

FREE = make_price("m", input=Decimal(0), output=Decimal(0))
SECRET = "Bearer sk-abcdefghijklmnopqrstuvwxyz0123456789"  # noqa: S105 # made up


def model_with(*variables: str | None) -> Model:
    places = tuple(
        Deployment(f"d{n}", "openai/m", "openai", api_key_env=variable) for n, variable in enumerate(variables)
    )
    return Model("m", places, FREE, context_window=10, max_output_tokens=5)


@pytest.mark.parametrize(
    ("variables", "reason"),
    [
        ((None,), None),
        (("A_KEY",), None),
        (("NO_KEY_A",), "NO_KEY_A is not set"),
        (("EMPTY_KEY",), "EMPTY_KEY is not set"),
        (("NO_KEY_A", "NO_KEY_B"), "NO_KEY_A or NO_KEY_B is not set"),
        (("NO_KEY_A", "NO_KEY_A"), "NO_KEY_A is not set"),
        (("NO_KEY_A", "A_KEY"), None),
        (("NO_KEY_A", None), None),
    ],
)
def test_a_model_is_out_of_service_when_no_deployment_has_its_key(
    variables: tuple[str | None, ...], reason: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("A_KEY", "sk-secret-value")
    monkeypatch.setenv("EMPTY_KEY", "")
    missing = missing_keys(Catalogue((model_with(*variables),), "c"))
    assert missing == ({} if reason is None else {"m": reason})
    assert "sk-secret-value" not in str(missing)


def test_a_full_text_is_kept_without_its_secrets() -> None:
    kept = text_keeper("full")(f"use {SECRET} please")
    assert kept is not None
    assert kept.startswith("use ")
    assert SECRET not in kept
    assert "abcdefghijklmnopqrstuvwxyz" not in kept


def test_a_hash_tells_two_texts_apart_and_neither_back() -> None:
    keep = text_keeper("hash")
    first, second = keep("What is a deque?"), keep("What is a list?")
    assert first == keep("What is a deque?")
    assert first != second
    assert first is not None
    assert first.startswith("sha256:")
    assert "deque" not in first


def test_none_keeps_nothing() -> None:
    assert text_keeper("none")("What is a deque?") is None


def state_after(error: BaseException, *, attempt_no: int = 1) -> RetryCallState:
    state = RetryCallState(Retrying(), None, (), {})
    state.attempt_number = attempt_no
    state.outcome = Future(attempt_no)
    state.outcome.set_exception(error)
    return state


@pytest.mark.parametrize("asked_s", [0.0, 0.5, 30.0, 600.0])
def test_the_wait_is_at_least_what_the_provider_asks_for_and_half_a_second_more_at_most(asked_s: float) -> None:
    waits = [wait_s(state_after(rate_limited(asked_s), attempt_no=9)) for _ in range(50)]
    assert asked_s <= min(waits)
    assert max(waits) <= asked_s + 0.5
    assert len(set(waits)) > 40  # jitter: not everyone comes back at once


def test_without_a_word_from_the_provider_the_wait_grows_up_to_half_a_minute() -> None:
    longest = [max(wait_s(state_after(timed_out(), attempt_no=n)) for _ in range(200)) for n in (1, 4, 20)]
    assert longest == sorted(longest)
    assert longest[0] <= 0.5
    assert longest[-1] <= 30


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (timed_out(), True),
        (rate_limited(), True),
        (failed(), True),
        (failed("bad_request", is_retryable=False), False),
        (refused(), False),
        (BadInputError("no"), False),
        (ValueError("no"), False),
    ],
)
def test_only_what_may_pass_is_tried_again(error: BaseException, expected: bool) -> None:
    assert is_worth_retrying(error) is expected


def test_derived_keys_are_the_same_in_every_process_and_differ_by_each_part() -> None:
    assert call_id_of("run", "item", "step") == digest("call", "run", "item", "step")
    keys = [
        call_id_of("run", "item", "step"),
        call_id_of("run", "items", "tep"),
        call_id_of("run", "item", "other"),
        decision_id_of("call", 0),
        decision_id_of("call", 1),
        score_id_of("call", "exact", "1"),
        score_id_of("call", "exact", "2"),
        new_attempt_id(),
        new_attempt_id(),
    ]
    assert len(set(keys)) == len(keys)
    assert {len(key) for key in keys} == {32}


def test_the_ledger_has_what_the_policy_saw_but_not_the_text() -> None:
    request = planned_call(text="a secret question").request
    features = features_of(request)
    assert features["n_characters"] == len("a secret question")
    assert "secret" not in str(features)


@pytest.mark.parametrize("run_id", ["", ".", "..", "../up", "a/b", "-x", "a b", "x" * 101, "ü", "a\x00"])
def test_a_run_id_that_is_no_plain_name_is_refused(run_id: str, tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="run_id"):
        folder_of(tmp_path, run_id)


def test_a_plain_run_id_names_a_folder(tmp_path: Path) -> None:
    assert folder_of(tmp_path, "run-1.b_2").path == tmp_path / "run-1.b_2"


def test_a_setting_that_cannot_be_used_is_named_by_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POINTSMAN_STORE_TEXT", "some")
    with pytest.raises(BadInputError, match="POINTSMAN_STORE_TEXT"):
        load_settings()


def test_the_settings_name_files_that_ship() -> None:
    settings = load_settings()
    assert settings.catalog_file.is_file()
    assert settings.rules_file.is_file()


def test_times_are_aware_and_utc() -> None:
    assert now().utcoffset() == timedelta(0)
