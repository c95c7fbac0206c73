"""What rules ask of requests beyond their size: the language and the category of the text, and fields of the item."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from policies.categories import CategoryTable
from policies.classification import ContentClassifier
from policies.rule_table import RuleTable
from policies.types import Request, Scalar
from tasks.classifiers import content_classifier
from tasks.languages import detect_languages
from warehouse.home import Home


@dataclass(frozen=True, slots=True)
class ContentReader:
    """Reads as much as some rule asks for, and no more: what is read is also recorded.

    `classifier` is None where no request has to be classified.
    """

    field_names: frozenset[str] = frozenset()
    has_languages: bool = False
    classifier: ContentClassifier | None = None

    def fields_of(self, item: Mapping[str, object]) -> Mapping[str, Scalar]:
        """The fields of an item that rules name; what is no text, number or truth value counts as its text."""
        return {name: scalar(item[name]) for name in sorted(self.field_names & item.keys())}

    def read(self, requests: Sequence[Request]) -> tuple[Request, ...]:
        """The requests with their language and category, as far as rules ask."""
        read = tuple(requests)
        if self.has_languages:
            languages = detect_languages([request.text for request in read])
            read = tuple(replace(one, language=language) for one, language in zip(read, languages, strict=True))
        return read if self.classifier is None else self.classifier.classify(read)


NOTHING_ASKED = ContentReader()


def content_reader(home: Home, categories: CategoryTable, table: RuleTable, *, is_classified: bool) -> ContentReader:
    """What a table asks; raises `BadInputError` for a category that nothing could recognise."""
    classifier = content_classifier(home, categories, table) if is_classified else None
    return ContentReader(table.field_names, table.needs_languages, classifier)


def scalar(value: object) -> Scalar:
    """A field's value as rules see it."""
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)
