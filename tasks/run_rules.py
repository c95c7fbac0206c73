"""The rules that a run's chunks are routed under: pinned at its start, and followed where the user's file is edited."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from prefect.exceptions import MissingContextError
from prefect.logging import get_run_logger

from policies.categories import CategoryTable, parse_categories
from policies.errors import BadInputError
from policies.rule_table import RuleTable
from policies.rules import RulesPolicy, parse_rules, rules_version
from policies.types import Policy
from tasks.classifiers import content_classifier, needs_classifier, read_examples
from tasks.clock import now
from tasks.content import ContentReader, content_reader
from tasks.identifiers import digest
from tasks.jobs.reading import read_text
from tasks.ledger import spool_of
from tasks.redaction.vault import redact
from tasks.run_context import EXAMPLES, RunContext, chosen_policies, load_texts, open_run
from tasks.run_folder import RunFolder, write_bytes
from tasks.settings import load_settings
from warehouse.home import make_folder
from warehouse.locks import BusyError, locked
from warehouse.records import PolicySeen

LOCK_WAIT_S = 60.0  # an edit that needs a classifier has it trained under the lock


@dataclass(frozen=True, slots=True)
class Ruling:
    """What a chunk is decided by: the llm steps' policies under one version of the rules, and what these ask."""

    policies: Mapping[str, Policy]
    reader: ContentReader


def settle_rules(context: RunContext, chunk: int) -> Ruling:
    """The rules that a chunk's steps are routed under: those in force as the first of them began, whatever comes after.

    The user's file is looked at again for each chunk. What it was settled to is kept with the chunk, so that a resumed
    run decides by the same.
    """
    note = context.folder.chunk_rules(chunk)
    if not note.exists():
        write_bytes(note, look_again(context).encode())
    return ruling_of(context, chunk)


def ruling_of(context: RunContext, chunk: int) -> Ruling:
    """The rules that a chunk was routed under; in runs of older versions those that were pinned."""
    note = context.folder.chunk_rules(chunk)
    version = note.read_text() if note.exists() else pinned_version(context.folder)
    if version == pinned_version(context.folder):
        return Ruling(context.policies, context.reader)
    return read_ruling(str(context.folder.path), version)


@lru_cache(maxsize=16)
def read_ruling(run: str, version: str) -> Ruling:
    """An edit that the run took up, from its folder."""
    context = open_run(run)
    path = context.folder.rules_edit(version)
    categories = pinned_categories(context)
    table = parse_rules(read_text(path), file=str(path), catalogue=context.catalogue, categories=categories)
    policies = chosen_policies(context.job, context.manifest.policy, table=table, is_by_rules=context.is_by_rules)
    is_classified = needs_classifier(context.job, table)
    return Ruling(policies, content_reader(context.home, categories, table, is_classified=is_classified))


def look_again(context: RunContext) -> str:
    """The version in force now: the user's file's, if it can be used, else the last that could.

    An edit that can't be used is refused with a warning, once a run; so is a file that can't be read.
    """
    file = context.manifest.rules_file
    if file is None or not any(isinstance(policy, RulesPolicy) for policy in context.policies.values()):
        return version_in_force(context.folder)
    if version_of(file) == version_in_force(context.folder):
        return version_in_force(context.folder)
    make_folder(context.folder.edits)
    try:
        with locked(context.folder.rules_lock, wait_s=LOCK_WAIT_S):  # so that no older edit comes after a newer one
            return take_up(context, file)
    except BusyError:  # whoever has it takes the edit up, for the chunks after this one
        return version_in_force(context.folder)


def take_up(context: RunContext, file: str) -> str:
    """Put an edit into force, or refuse it; returns the version that is in force then."""
    folder, text = context.folder, None
    try:
        text = read_text(Path(file))
        version = rules_version(text)
        if version == version_in_force(folder) or folder.refused_edit(version).exists():
            return version_in_force(folder)
        check_edit(context, text, file=file)
    except BadInputError as error:
        error.rewrite(redact)
        refuse(folder, digest(str(error)) if text is None else rules_version(text), str(error))
        return version_in_force(folder)
    if version != pinned_version(folder):
        write_bytes(folder.rules_edit(version), text.encode())
    spool_of(context.home).append(PolicySeen("rules", version, text, now())).result()
    write_bytes(folder.rules_in_force, version.encode())
    tell(f"the rules are {version} now, as edited in {file}", level=logging.INFO)
    return version


def check_edit(context: RunContext, text: str, *, file: str) -> RuleTable:
    """Read an edit as the run would use it; raises `BadInputError` for all that stands against it.

    Rules that ask for a category, in a run that had no use for examples so far, pin the examples of the settings.
    """
    table = parse_rules(text, file=file, catalogue=context.catalogue, categories=None)
    if table.needs_categories and not context.folder.examples.exists():
        examples = read_examples(load_settings().examples_folder)
        categories = parse_categories(examples, catalogue=context.catalogue)
        parse_rules(text, file=file, catalogue=context.catalogue, categories=categories)
        content_classifier(context.home, categories, table)
        write_bytes(context.folder.examples, EXAMPLES.dump_json(dict(examples)))
        return table
    categories = pinned_categories(context)
    if needs_classifier(context.job, table):
        content_classifier(context.home, categories, table)
    return parse_rules(text, file=file, catalogue=context.catalogue, categories=categories)


def pinned_categories(context: RunContext) -> CategoryTable:
    """The categories of the examples that were pinned, also if that was since the run was opened."""
    return parse_categories(load_texts(context.folder.examples), catalogue=context.catalogue)


def refuse(folder: RunFolder, version: str, problem: str) -> None:
    """Warn that an edit is refused, once, and note it where the command that runs shows it."""
    mark = folder.refused_edit(version)
    if not mark.exists():
        sentence = f"an edit of the rules is refused, {version_in_force(folder)} stays in force: {problem}"
        write_bytes(mark, sentence.encode())
        tell(sentence, level=logging.WARNING)


def tell(sentence: str, *, level: int) -> None:
    """Log for the task run, where there is one."""
    try:
        get_run_logger().log(level, sentence)
    except MissingContextError:
        logging.getLogger(__name__).log(level, sentence)


def version_of(file: str) -> str | None:
    """The version of the file's text; None where it can't be read."""
    try:
        return rules_version(read_text(Path(file)))
    except BadInputError:
        return None


def version_in_force(folder: RunFolder) -> str:
    """The version of the last edit that the run took up, else of what was pinned."""
    try:
        return folder.rules_in_force.read_text()
    except FileNotFoundError:
        return pinned_version(folder)


def pinned_version(folder: RunFolder) -> str:
    """The version of the rules that the run began with."""
    return rules_version(read_text(folder.rules))
