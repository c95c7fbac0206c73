"""Paths stay inside the allowed folders, whatever they are made of."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from policies.errors import BadInputError
from tasks.jobs.paths import resolve_inside


@pytest.mark.parametrize("path", ["docs", "./docs", "docs/../docs", "file.txt", "."])
def test_what_lies_inside_is_resolved(path: str, folder: Path) -> None:
    assert resolve_inside(path, [folder], base=folder) == (folder / path).resolve()


def test_an_absolute_path_inside_is_accepted(folder: Path) -> None:
    assert resolve_inside(str(folder / "docs"), [folder]) == folder.resolve() / "docs"


def test_a_second_root_counts_too(folder: Path) -> None:
    secrets = folder.parent / "secrets"

    assert resolve_inside(str(secrets), [folder, secrets]) == secrets.resolve()


def test_a_link_that_stays_inside_is_followed(folder: Path) -> None:
    (folder / "inner").symlink_to(folder / "docs")

    assert resolve_inside("inner", [folder], base=folder) == folder.resolve() / "docs"


@pytest.mark.parametrize(
    ("path", "problem"),
    [
        ("..", "lies outside the allowed folders"),
        ("docs/../../secrets", "lies outside the allowed folders"),
        ("link", "lies outside the allowed folders"),
        ("link/../secrets", "lies outside the allowed folders"),
        ("/etc/passwd", "lies outside the allowed folders"),
        ("/proc/self/environ", "lies outside the allowed folders"),
        ("../root-beside", "lies outside the allowed folders"),
        ("https://example.org/a", "must be a path, not a URL"),
        ("file:///etc/passwd", "must be a path, not a URL"),
        ("data:text/plain,x", "must be a path, not a URL"),
        ("do\x00cs", "the path contains a NUL byte"),
        ("", "must not be empty"),
        (" \t", "must not be empty"),
        ("caf\udce9", "is not UTF-8"),
        ("absent", "does not exist"),
        ("file.txt/below", "does not exist"),
        ("x" * 300, "can't be looked at"),
        ("circle", "is neither a file nor a folder"),
        ("pipe", "is neither a file nor a folder"),
    ],
)
def test_everything_else_is_refused(path: str, problem: str, folder: Path) -> None:
    os.mkfifo(folder / "pipe")
    (folder.parent / "root-beside").mkdir()

    with pytest.raises(BadInputError) as refusal:
        resolve_inside(path, [folder], base=folder)

    assert refusal.value.problem.startswith(problem)
    assert refusal.value.value == path


def test_a_device_is_refused_even_inside_a_root() -> None:
    with pytest.raises(BadInputError, match="is neither a file nor a folder"):
        resolve_inside("/dev/null", [Path("/dev")])


def test_without_roots_nothing_is_inside(folder: Path) -> None:
    with pytest.raises(BadInputError, match=r"outside the allowed folders \(none\)"):
        resolve_inside("docs", [], base=folder)
