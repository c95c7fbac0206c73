"""Categories of requests: read from the files of `policies/examples`, one category a file."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from policies.categories_schema import CategoryFile
from policies.documents import Document, Path, locate_document, null_keys
from policies.errors import BadInputError, refuse
from policies.types import UNROUTED_TASK_TYPES, Catalogue


@dataclass(frozen=True, slots=True)
class Category:
    """One category, and what belongs to it; `task_type` is what a step with `task_type: auto` makes of its requests.

    `task_type` None: the category can be matched by rules only.
    """

    name: str
    task_type: str | None
    keywords: tuple[str, ...] = ()
    tags: frozenset[str] = frozenset()
    examples: tuple[str, ...] = ()
    file: str = ""


@dataclass(frozen=True, slots=True)
class CategoryTable:
    """Every category, by name, and the hash of all that is said of them."""

    categories: tuple[Category, ...]
    version: str

    def __contains__(self, name: object) -> bool:
        return any(category.name == name for category in self.categories)

    @property
    def task_types(self) -> Mapping[str, str]:
        """Category -> task type, of those that have one."""
        return {c.name: c.task_type for c in self.categories if c.task_type is not None}


NO_CATEGORIES = CategoryTable((), "c-none")


def parse_categories(texts: Mapping[str, str], *, catalogue: Catalogue) -> CategoryTable:
    """Read the files (name -> text); raises `BadInputError` with file, line and field.

    Refused besides what the schema refuses: a category, a tag, a keyword or an example that stands twice, wherever; a
    task type that the catalogue lacks.
    """
    documents = check_examples(texts, catalogue=catalogue)
    return table_of(build_category(document, catalogue) for document in documents)


def check_examples(texts: Mapping[str, str], *, catalogue: Catalogue | None) -> list[Document[CategoryFile]]:
    """The files as written; raises what `parse_categories` does, of task types where there is a catalogue."""
    seen: dict[tuple[str, str], str] = {}
    documents: list[Document[CategoryFile]] = []
    found: list[BadInputError] = []

    def problems(document: Document[CategoryFile]) -> Iterator[BadInputError]:
        yield from null_keys(document)
        yield from repeated(document, seen)
        if catalogue is not None:
            yield from bad_task_type(document, catalogue)

    for file, text in sorted(texts.items()):
        try:
            document = read_examples_file(text, file, problems)
            refuse(problems(document))
            documents.append(document)
        except BadInputError as error:
            found.append(error)
    refuse(found)
    return documents


def read_examples_file(
    text: str, file: str, problems: Callable[[Document[CategoryFile]], Iterable[BadInputError]]
) -> Document[CategoryFile]:
    """One file that fits the schema; of one that does not, what is left of it is looked at for `problems` too."""
    try:
        return examples_file(text, file)
    except BadInputError:
        return locate_document(text, CategoryFile, file=file, check=problems)


@lru_cache(maxsize=32)
def examples_file(text: str, file: str) -> Document[CategoryFile]:
    """One file, kept: every run reads the same ones twice, and to take 200 KB of YAML apart takes half a second."""
    return locate_document(text, CategoryFile, file=file)


def table_of(categories: Iterable[Category]) -> CategoryTable:
    """The table of categories, in the order of their names, under the hash of what they say."""
    ordered = tuple(sorted(categories, key=lambda category: category.name))
    said = [[c.name, c.task_type, sorted(c.keywords), sorted(c.tags), sorted(c.examples)] for c in ordered]
    digest = hashlib.sha256(json.dumps(said).encode()).hexdigest()
    return CategoryTable(ordered, f"c-{digest[:16]}")


def build_category(document: Document[CategoryFile], catalogue: Catalogue) -> Category:
    """The frozen value of one file; the task type is the category's name where that is one and nothing else is said."""
    content = document.content
    own = content.category if content.category in catalogue.task_types - UNROUTED_TASK_TYPES else None
    return Category(
        name=content.category,
        task_type=content.task_type or own,
        keywords=tuple(content.keywords or ()),
        tags=frozenset(content.tags or ()),
        examples=tuple(content.examples or ()),
        file=document.file,
    )


def repeated(document: Document[CategoryFile], seen: dict[tuple[str, str], str]) -> Iterator[BadInputError]:
    """An error for each name, keyword, tag or example that another category, or the same one, has already."""
    content = document.content
    said: list[tuple[Path, str, str]] = [(("category",), "category", content.category)]
    said += [(("keywords", i), "keyword", word.casefold()) for i, word in enumerate(content.keywords or ())]
    said += [(("tags", i), "tag", tag) for i, tag in enumerate(content.tags or ())]
    said += [(("examples", i), "example", " ".join(text.split())) for i, text in enumerate(content.examples or ())]
    for path, what, text in said:
        if (what, text) in seen:
            yield document.error(path, f"stands in {seen[what, text]} already", value=text[:200])
        seen[what, text] = document.file


def bad_task_type(document: Document[CategoryFile], catalogue: Catalogue) -> Iterator[BadInputError]:
    """An error where the file names a task type that the catalogue lacks, or that is never routed."""
    task_type = document.content.task_type
    if task_type is None:
        return
    if task_type not in catalogue.task_types:
        yield document.error(("task_type",), f"is no task type of {catalogue.file}", value=task_type)
    elif task_type in UNROUTED_TASK_TYPES:
        yield document.error(("task_type",), "is never routed", value=task_type)
