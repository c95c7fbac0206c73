"""The file that says which names of an export are which models and task types here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from policies.documents import locate_document
from tasks.jobs.reading import read_text

Name = Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True)]


class MapDocument(BaseModel):
    """`models`: name in the export to name here. `task_types`: tag or name of a call to task type."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    models: dict[Name, Name] = Field(default_factory=dict)
    task_types: dict[Name, Name] = Field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NameMap:
    """What a user says of an export's names."""

    models: Mapping[str, str] = field(default_factory=dict)
    task_types: Mapping[str, str] = field(default_factory=dict)


def read_map(path: Path, *, task_types: frozenset[str]) -> NameMap:
    """Read a map file; raises `BadInputError` with file, line and field, also for a task type that is not known."""
    document = locate_document(read_text(path), MapDocument, file=str(path))
    for label, task_type in document.content.task_types.items():
        if task_type not in task_types:
            problem = f"unknown task type; there are {', '.join(sorted(task_types))}"
            raise document.error(("task_types", label), problem, value=task_type)
    return NameMap(document.content.models, document.content.task_types)
