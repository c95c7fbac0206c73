"""What rules ask of requests beyond their size: the language and the category of the text, and fields of the item."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from policies.categories import NO_CATEGORIES, CategoryTable
from policies.classification import CERTAIN, ContentClassifier
from policies.rule_table import RuleTable
from policies.types import AUTO, Request, Scalar
from tasks.classifiers import content_classifier
from tasks.languages import detect_languages
from warehouse.home import Home


@dataclass(frozen=True, slots=True)
class ContentReader:
    """Reads as much as some rule asks for, and no more: what is read is also recorded.

    `classifier` is None where no request has to be classified, `categories` are those that a step may say by itself.
    """

    field_names: frozenset[str] = frozenset()
    has_languages: bool = False
    classifier: ContentClassifier | None = None
    categories: CategoryTable = NO_CATEGORIES

    def fields_of(self, item: Mapping[str, object]) -> Mapping[str, Scalar]:
        """The fields of an item that rules name; what is no text, number or truth value counts as its text."""
        return {name: scalar(item[name]) for name in sorted(self.field_names & item.keys())}

    def read(self, requests: Sequence[Request]) -> tuple[Request, ...]:
        """The requests with their language and category, as far as rules ask."""
        read = tuple(requests)
        if self.has_languages:
            languages = detect_languages([request.text for request in read])
            read = tuple(replace(one, language=language) for one, language in zip(read, languages, strict=True))
        return read if self.classifier is None else classify_rest(read, self.classifier)

    def told(self, request: Request, said: str, *, task_types: frozenset[str]) -> Request:
        """A request whose category was said by a step; what is neither a category nor a task type leaves it ambiguous.

        Blanks and case at its ends and in it count for nothing: models add them.
        """
        known = {name.casefold(): name for name in (*task_types, *(c.name for c in self.categories.categories))}
        is_auto = request.task_type == AUTO
        category = known.get(said.strip().strip("\"'`.").casefold())
        if category is None:
            return replace(request, category=None, category_confidence=0.0, is_ambiguous=True, is_auto=is_auto)
        task_type = self.categories.task_types.get(category, category if category in task_types else AUTO)
        return replace(
            request,
            task_type=task_type if is_auto else request.task_type,
            category=category,
            category_confidence=CERTAIN,
            is_auto=is_auto,
        )


NOTHING_ASKED = ContentReader()


def classify_rest(requests: Sequence[Request], classifier: ContentClassifier) -> tuple[Request, ...]:
    """The requests with their category, which those that were told theirs keep."""
    asking = [i for i, request in enumerate(requests) if request.category_confidence is None]
    classified = dict(zip(asking, classifier.classify([requests[i] for i in asking]), strict=True))
    return tuple(classified.get(i, request) for i, request in enumerate(requests))


def content_reader(home: Home, categories: CategoryTable, table: RuleTable, *, is_classified: bool) -> ContentReader:
    """What a table asks; raises `BadInputError` for a category that nothing could recognise."""
    classifier = content_classifier(home, categories, table) if is_classified else None
    return ContentReader(table.field_names, table.needs_languages, classifier, categories)


def scalar(value: object) -> Scalar:
    """A field's value as rules see it."""
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)
