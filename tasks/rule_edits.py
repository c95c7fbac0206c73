"""Edits of the rules file by several people: the later one wins only if it was based on what is there."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from difflib import unified_diff
from pathlib import Path
from typing import Literal

from policies.categories import parse_categories
from policies.errors import BadInputError
from policies.rule_lint import lint_rules
from policies.rules import parse_rules, rules_version
from tasks.classifiers import read_examples
from tasks.jobs.reading import read_text
from tasks.redaction.values import clean_line
from tasks.run_context import load_catalogue
from tasks.settings import Settings
from warehouse.home import Home
from warehouse.landing import land
from warehouse.locks import folder_locked
from warehouse.open_segment import sync_folder
from warehouse.policy_versions import policy_seen
from warehouse.records import PolicySeen
from warehouse.spool import Spool

LOCK_WAIT_S = 20.0


@dataclass(frozen=True, slots=True)
class Push:
    """What became of a push: `version` is what was pushed, `current` what is in force after it.

    `changes` is the unified diff that says what a refused push would have undone: from its base to what is in force,
    or from the pushed text, where nobody knows its base. `warnings` are what the linter says of the pushed rules.
    """

    status: Literal["pushed", "unchanged", "refused"]
    file: str
    version: str
    base: str
    current: str
    changes: str = ""
    is_base_known: bool = True
    warnings: tuple[str, ...] = ()


def push_rules(source: Path, *, base: str, settings: Settings, home: Home, at: datetime) -> Push:
    """Put the rules of `source` in the place of those in force, if these are `base`, and keep both in the warehouse.

    Raises `BadInputError` for rules that can't be used, before anything is changed, and `WorkFailedError` where
    another push takes too long.
    """
    text, target = read_text(source), settings.rules_file.resolve()
    warnings, wanted = check_rules(text, settings, file=str(source)), rules_version(text)
    with holding(target):
        before = read_text(target)
        current = rules_version(before)
        if current == wanted:
            return Push("unchanged", str(target), wanted, base, current, warnings=warnings)
        if current != base:
            known = base_text(home, base)
            changes = diff(text if known is None else known, before, wanted if known is None else base, current)
            return Push("refused", str(target), wanted, base, current, changes, known is not None, warnings)
        record(home, PolicySeen("rules", current, before, at), PolicySeen("rules", wanted, text, at))
        replace_file(target, text)
    land(home)
    return Push("pushed", str(target), wanted, base, wanted, warnings=warnings)


def check_rules(text: str, settings: Settings, *, file: str) -> tuple[str, ...]:
    """Read rules as runs would; returns what is valid and probably not meant, raises `BadInputError` for the rest."""
    catalogue = load_catalogue(settings.catalog_file)
    categories = parse_categories(read_examples(settings.examples_folder), catalogue=catalogue)
    table = parse_rules(text, file=file, catalogue=catalogue, categories=categories)
    return tuple(str(finding) for finding in lint_rules(table, catalogue) if finding.severity == "error")


def base_text(home: Home, base: str) -> str | None:
    """The text that an edit was based on, where the warehouse has it."""
    seen = policy_seen(home, "rules", base) if home.published.exists() else None
    return None if seen is None else seen.text


def diff(before: str, after: str, name_before: str, name_after: str) -> str:
    """What changed from one text to another, as a unified diff."""
    lines = unified_diff(before.splitlines(), after.splitlines(), name_before, name_after, lineterm="")
    return "\n".join(lines)


@contextmanager
def holding(target: Path) -> Iterator[None]:
    """Be the only one who pushes into the file's folder; raises `BadInputError` where it can't be written."""
    try:
        with folder_locked(target.parent, wait_s=LOCK_WAIT_S):
            yield
    except OSError as error:
        raise BadInputError(f"can't be written: {error.strerror}", file=target) from error


def record(home: Home, *seen: PolicySeen) -> None:
    """Make versions durable before anyone can decide by them."""
    with Spool(home, process_name="rules", clean=clean_line) as spool:
        spool.append(*seen).result()


def replace_file(target: Path, text: str) -> None:
    """Put a text in a file's place, whole or not at all, with the permissions that the file had."""
    beside = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        with beside.open("wb") as file:
            os.fchmod(file.fileno(), target.stat().st_mode & 0o777)
            file.write(text.encode())
            file.flush()
            os.fsync(file.fileno())
        beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)
    sync_folder(target.parent)
