"""The documentation of this checkout: links resolve, commands exist, no path of a machine is in it.

That the generated parts are up to date is for `make check` to say, by `docs.build --check`.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import typer

from docs.build import COMMANDS, DOCS, README, ROOT, check_demo, main
from docs.build import PAGES as GENERATED
from docs.generate.commands import walk
from docs.generate.descriptions import DESCRIPTIONS
from docs.generate.fields import anchor
from docs.generate.jobs import NAMES as JOB_NAMES
from docs.generate.policies import MODELS
from docs.generate.shell import CommandFailedError, run_pointsman
from flows.cli import app
from tasks.retrieval.corpus import CorpusSpec

PAGES = sorted([README, ROOT / "CHANGELOG.md", *DOCS.rglob("*.md")])
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
CALL = re.compile(r"(?<![\w/])pointsman ([a-z]+)(?: ([a-z]+))?")
MACHINE = re.compile(r"/(?:tmp|root|home|work|var|Users)/")


@pytest.fixture(scope="module")
def commands() -> frozenset[str]:
    """Every command and group of commands."""
    return frozenset(name for name, _ in walk(typer.main.get_command(app), "pointsman"))


@pytest.mark.parametrize("page", [*(DOCS / name for name in GENERATED), README], ids=lambda page: page.name)
def test_no_generated_file_names_a_path_of_the_machine(page: Path) -> None:
    text = page.read_text("utf-8")
    assert str(ROOT) not in text
    assert MACHINE.search(text) is None


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_of_a_page_resolve(page: Path) -> None:
    for target in LINK.findall(FENCE.sub("", page.read_text("utf-8"))):
        if target.startswith("https://"):
            continue
        name, _, fragment = target.partition("#")
        file = (page.parent / name).resolve() if name else page
        assert file.exists(), target
        if fragment:
            assert fragment in anchors_of(file), target


def anchors_of(page: Path) -> set[str]:
    """The fragments that a page's headings have."""
    text = FENCE.sub("", page.read_text("utf-8"))
    return {anchor(line.lstrip("#").strip()) for line in text.splitlines() if line.startswith("#")}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_that_a_page_names_exist(page: Path, commands: frozenset[str]) -> None:
    groups = {name.rsplit(" ", 1)[0] for name in commands if name.count(" ") > 1}
    text = page.read_text("utf-8")
    for first, second in CALL.findall(text.replace("`pointsman", "\n`pointsman")):
        name = f"pointsman {first}"
        assert name in commands or name in groups, name
        if name in groups and second:
            assert f"{name} {second}" in commands, f"{name} {second}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_make_targets_that_a_page_names_exist(page: Path) -> None:
    targets = set(re.findall(r"^([\w%-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    for target in re.findall(r"`make ([a-z]+)`", page.read_text("utf-8")):
        assert target in targets, target


def test_no_description_stands_where_a_model_has_its_own() -> None:
    models = {model.__name__: model for model in (*MODELS, CorpusSpec)}
    for name, field in DESCRIPTIONS:
        assert name in models, name
        assert field in models[name].model_fields, (name, field)
        assert models[name].model_fields[field].description is None, (name, field)
    assert CorpusSpec.__name__ in JOB_NAMES


def test_a_command_that_fails_is_an_error_that_says_why(tmp_path: Path) -> None:
    with pytest.raises(CommandFailedError, match=r"exited with 2: pointsman: .*unknown task type"):
        run_pointsman("pointsman route --task-type sing --text x", home=tmp_path)


def test_documented_commands_write_nothing(tmp_path: Path) -> None:
    home = tmp_path / "home"
    run_pointsman(COMMANDS["plan"], home=home)
    assert list(tmp_path.iterdir()) == []


def test_the_recorded_demo_agrees_with_itself_and_not_with_a_broken_one(tmp_path: Path) -> None:
    fresh = tmp_path / "demo.txt"
    fresh.write_bytes((DOCS / "demo.txt").read_bytes())
    assert check_demo(fresh) == []
    assert main(["--check-demo", str(fresh)]) == 0
    fresh.write_text("nothing\n")
    assert main(["--check-demo", str(fresh)]) == 1
