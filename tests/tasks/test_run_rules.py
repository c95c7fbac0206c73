"""A rules file that is edited during a run takes effect at the next chunk, if it can be used; decisions say which."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from policies.rules import rules_version
from tasks.complete import complete
from tasks.ledger import spool_of
from tasks.replaying import Library, replay
from tasks.route import route
from tasks.routes import load_routes
from tasks.run_context import open_run
from tasks.run_folder import RunFolder
from tasks.run_rules import read_ruling
from tests.fakes.installations import RULES, Installation, open_folder
from tests.fakes.provider import ScriptedProvider
from warehouse.evidence import decisions_of
from warehouse.landing import land
from warehouse.policy_versions import list_policies
from warehouse.query import query

JOB = """
name: ducks
input: {text_fields: [question]}
chunk_size: 2
steps:
  - {name: answer, kind: llm, task_type: generate, prompt: "{{ item.question }}", max_output_tokens: 30, timeout_s: 4}
  - {name: check, kind: llm, task_type: extract, prompt: "{{ steps.answer }}", max_output_tokens: 30, timeout_s: 4}
"""
LARGE_ONLY = "default: {use: {model: large}}\n"
SMALL_ONLY = "default: {use: {model: small}}\n"
BROKEN = "default:\n  use: {model: enormous}\n"

Install = Callable[..., Installation]


@dataclass(frozen=True, slots=True)
class Edited:
    """A run that was opened, and the rules file that it follows."""

    installation: Installation
    run: str

    @property
    def file(self) -> Path:
        return self.installation.folder / "rules.yaml"

    @property
    def folder(self) -> RunFolder:
        return RunFolder(Path(self.run))

    def routed(self, chunk: int, step: str = "answer") -> tuple[str | None, set[str | None]]:
        """Route a step of a chunk; the version that it was decided under, and the models."""
        routes = load_routes(Path(route.fn(self.run, chunk, step)))
        (version,) = {one.decision.rules_version for one in routes.routed}
        return version, {one.decision.model for one in routes.routed}


@pytest.fixture
def edited(install: Install) -> Edited:
    installation = install(job=JOB, n_items=6)
    return Edited(installation, open_folder(installation.request()))


def test_an_edit_takes_effect_at_the_next_chunk(edited: Edited) -> None:
    assert edited.routed(0) == (rules_version(RULES), {"small"})
    edited.file.write_text(LARGE_ONLY)
    assert edited.routed(1) == (rules_version(LARGE_ONLY), {"large"})
    edited.file.write_text(RULES)  # and back
    assert edited.routed(2) == (rules_version(RULES), {"small"})


def test_a_chunk_goes_through_all_its_steps_under_one_version(install: Install) -> None:
    with ScriptedProvider(["400", "400"], default="echo") as provider:
        installation = install(provider.base_url, job=JOB, n_items=4)
        edited = Edited(installation, open_folder(installation.request()))
        edited.routed(0)
        edited.file.write_text(SMALL_ONLY)
        complete.fn(edited.run, 0, "answer")
        assert edited.routed(0, "check")[0] == rules_version(RULES)
        assert edited.routed(1) == (rules_version(SMALL_ONLY), {"small"})
    spool_of(installation.home).seal()
    land(installation.home)
    rows = query(installation.home, "SELECT DISTINCT rules_version, model, call_id FROM decisions").rows
    versions = {(version, model) for version, model, _ in rows}
    # The small model failed: the fallback was decided by the rules that the chunk was routed under.
    assert {(rules_version(RULES), "small"), (rules_version(RULES), "large")} <= versions
    assert (rules_version(SMALL_ONLY), "small") in versions
    assert {seen.text for seen in list_policies(installation.home, "rules")} == {RULES, SMALL_ONLY}
    library = Library(installation.home)
    facts = [fact for _, _, call in rows for fact in decisions_of(installation.home, str(call))]
    assert {replay(fact, library).verdict for fact in facts} == {"same"}


def test_an_edit_that_cant_be_used_is_refused_with_one_warning_and_the_last_good_one_stays(
    edited: Edited, caplog: pytest.LogCaptureFixture
) -> None:
    edited.file.write_text(LARGE_ONLY)
    edited.routed(0)
    edited.file.write_text(BROKEN)
    with caplog.at_level(logging.WARNING, logger="tasks.run_rules"):
        assert edited.routed(1) == (rules_version(LARGE_ONLY), {"large"})
        assert edited.routed(2) == (rules_version(LARGE_ONLY), {"large"})
    (warning,) = [record.getMessage() for record in caplog.records if record.name == "tasks.run_rules"]
    stays = f"an edit of the rules is refused, {rules_version(LARGE_ONLY)} stays in force"
    assert warning == (
        f"{stays}: {edited.file}:2: default.use.model: is no model of {edited.folder.catalogue} (got 'enormous')"
    )
    assert edited.folder.refused_edit(rules_version(BROKEN)).read_text() == warning


@pytest.mark.parametrize("damage", [lambda file: file.unlink(), lambda file: file.write_bytes(b"\xff")])
def test_a_file_that_cant_be_read_leaves_the_rules_as_they_are(
    edited: Edited, damage: Callable[[Path], object]
) -> None:
    damage(edited.file)
    assert edited.routed(0) == (rules_version(RULES), {"small"})
    (mark,) = edited.folder.refused_edit("x").parent.iterdir()
    assert str(edited.file) in mark.read_text()
    edited.file.write_text(LARGE_ONLY)
    assert edited.routed(1) == (rules_version(LARGE_ONLY), {"large"})


def test_a_chunk_that_was_being_routed_when_its_process_died_is_routed_under_the_same_version(edited: Edited) -> None:
    edited.file.write_text(LARGE_ONLY)
    first = edited.routed(0)
    edited.folder.routes(0, "answer").unlink()
    edited.file.write_text(SMALL_ONLY)
    for cached in (open_run, read_ruling):  # as another process has them
        cached.cache_clear()
    assert edited.routed(0) == first
    assert edited.routed(1) == (rules_version(SMALL_ONLY), {"small"})


def test_another_file_in_the_settings_is_not_the_runs(edited: Edited, monkeypatch: pytest.MonkeyPatch) -> None:
    other = edited.file.with_name("other.yaml")
    other.write_text(LARGE_ONLY)
    monkeypatch.setenv("POINTSMAN_RULES", str(other))
    assert edited.routed(0) == (rules_version(RULES), {"small"})


def test_a_run_that_goes_by_no_rules_follows_none(install: Install) -> None:
    installation = install(job=JOB, n_items=2)
    edited = Edited(installation, open_folder(installation.request(policy="strongest")))
    edited.file.write_text(BROKEN)
    assert edited.routed(0)[0] is None
    assert not edited.folder.edits.exists()


BY_CATEGORY = f"rules: [{{name: easy, when: {{category: easy}}, use: {{model: large}}}}]\n{SMALL_ONLY}"


def test_rules_that_ask_for_a_category_first_in_an_edit_have_one(
    edited: Edited, monkeypatch: pytest.MonkeyPatch
) -> None:
    examples = edited.installation.folder / "examples"
    examples.mkdir()
    monkeypatch.setenv("POINTSMAN_EXAMPLES", str(examples))
    edited.file.write_text(BY_CATEGORY)
    assert edited.routed(0) == (rules_version(RULES), {"small"})  # there is no such category
    (mark,) = edited.folder.refused_edit("x").parent.iterdir()
    assert "is no category of the examples" in mark.read_text()
    (examples / "easy.yaml").write_text("category: easy\ntask_type: generate\nkeywords: [ducks]\n")
    edited.file.write_text(BY_CATEGORY + "# again\n")
    assert edited.routed(1) == (rules_version(BY_CATEGORY + "# again\n"), {"large"})
    (examples / "easy.yaml").unlink()  # pinned from here on
    for cached in (open_run, read_ruling):
        cached.cache_clear()
    assert edited.routed(2) == (rules_version(BY_CATEGORY + "# again\n"), {"large"})
