"""What a user asks to be imported."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from policies.catalogue import parse_catalogue
from policies.errors import BadInputError
from tasks.imports.map_file import NameMap, read_map
from tasks.imports.names import Names
from tasks.imports.score_rules import ScoreRule
from tasks.jobs.reading import read_text
from tasks.settings import Settings
from warehouse.imports.attempts import CallSource


@dataclass(frozen=True, slots=True)
class NameOptions:
    """How names of the export are understood: a map file, and the task type of calls that say none."""

    map_file: Path | None = None
    task_type: str = "generate"


@dataclass(frozen=True, slots=True)
class CallRequest:
    """An export of calls, and how to read it."""

    source: CallSource
    file: Path
    names: NameOptions = NameOptions()
    scores_file: Path | None = None
    score_rules: Mapping[str, ScoreRule] = field(default_factory=dict)
    is_zero_unknown: bool = True
    is_skipping: bool = False


@dataclass(frozen=True, slots=True)
class UsageRequest:
    """An export of usage or costs; `account` tells exports of several accounts of the provider apart."""

    file: Path
    names: NameOptions = NameOptions()
    account: str | None = None
    is_skipping: bool = False


def load_names(options: NameOptions, settings: Settings) -> Names:
    """What names mean by the map file and the catalogue; raises `BadInputError` for either, or the task type."""
    catalogue = parse_catalogue(read_text(settings.catalog_file), file=str(settings.catalog_file))
    if options.task_type not in catalogue.task_types:
        known = ", ".join(sorted(catalogue.task_types))
        raise BadInputError(f"unknown task type; there are {known}", field="--task-type", value=options.task_type)
    mapped = NameMap()
    if options.map_file is not None:
        mapped = read_map(options.map_file, task_types=catalogue.task_types)
    return Names(catalogue, mapped, options.task_type)
