"""Whatever is wrong with a variable is said in one line that names it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from policies.errors import BadInputError
from tasks.settings import Settings, check_home, load_settings
from warehouse.home import Home

PATHS = ("HOME", "CACHE", "CATALOG", "RULES", "ROOTS")


def refusal(variable: str, value: str, monkeypatch: pytest.MonkeyPatch, *, use: Callable[[Settings], object]) -> str:
    monkeypatch.setenv(variable, value)
    with pytest.raises(BadInputError) as caught:
        use(load_settings())
    return str(caught.value)


@pytest.mark.parametrize("value", ["", " ", "\t"])
@pytest.mark.parametrize("name", PATHS)
def test_an_empty_path_is_not_the_current_folder(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    line = refusal(f"POINTSMAN_{name}", value, monkeypatch, use=lambda settings: settings)
    assert line == f"POINTSMAN_{name}: must not be empty (unset it for the default) (got {value!r})"


@pytest.mark.parametrize("name", PATHS)
def test_a_path_that_is_no_text_is_refused(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    line = refusal(f"POINTSMAN_{name}", "caf\udce9", monkeypatch, use=lambda settings: settings)
    assert line == f"POINTSMAN_{name}: is not UTF-8 (got 'caf\\udce9')"


@pytest.mark.parametrize(("name", "use"), [("CATALOG", "catalog_file"), ("RULES", "rules_file")])
def test_a_path_that_no_file_can_have_names_the_variable(name: str, use: str, monkeypatch: pytest.MonkeyPatch) -> None:
    line = refusal(f"POINTSMAN_{name}", "x" * 5000, monkeypatch, use=lambda settings: getattr(settings, use))
    assert line.startswith(f"POINTSMAN_{name}: can't be looked at: ")


def test_a_home_that_no_folder_can_have_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    line = refusal("POINTSMAN_HOME", "x" * 5000, monkeypatch, use=lambda settings: check_home(Home(settings.home)))
    assert line.startswith("POINTSMAN_HOME: the folder can't be made: ")


def test_roots_of_separators_alone_are_empty(monkeypatch: pytest.MonkeyPatch) -> None:
    line = refusal("POINTSMAN_ROOTS", os.pathsep * 2, monkeypatch, use=lambda settings: settings)
    assert line.startswith("POINTSMAN_ROOTS: must not be empty")


def test_empty_parts_among_roots_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POINTSMAN_ROOTS", os.pathsep.join(["/a", "", "/b", " "]))
    assert load_settings().roots == (Path("/a"), Path("/b"))


@pytest.mark.parametrize(("name", "use"), [("CATALOG", "catalog_file"), ("RULES", "rules_file")])
def test_a_policy_file_that_is_none_names_the_variable(
    name: str, use: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    variable = f"POINTSMAN_{name}"
    for value, problem in (("none.yaml", "does not exist"), (".", "is not a file")):
        line = refusal(variable, value, monkeypatch, use=lambda settings: getattr(settings, use))
        assert line == f"{variable}: {problem} (got {value!r})"


def test_a_policy_file_that_is_not_asked_for_may_be_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POINTSMAN_CATALOG", str(tmp_path / "none.yaml"))
    assert load_settings().rules_file.is_file()


@pytest.mark.parametrize("name", ["HOME", "CACHE", "CATALOG", "RULES"])
def test_the_users_own_folder_is_written_with_a_tilde(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv(f"POINTSMAN_{name}", "~/p")
    assert getattr(load_settings(), name.lower()) == tmp_path / "p"


def test_a_user_that_nobody_knows_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    line = refusal("POINTSMAN_HOME", "~no-such-user/p", monkeypatch, use=lambda settings: settings)
    assert line.startswith("POINTSMAN_HOME: ")


def test_a_word_that_is_not_on_the_list_is_refused_with_the_list(monkeypatch: pytest.MonkeyPatch) -> None:
    line = refusal("POINTSMAN_STORE_TEXT", "", monkeypatch, use=lambda settings: settings)
    assert line == "POINTSMAN_STORE_TEXT: must be 'full', 'hash' or 'none' (got '')"
