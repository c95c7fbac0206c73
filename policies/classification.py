"""The category of requests: by tags and keywords where these say it, else by what a classifier makes of the text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from policies.categories import CategoryTable
from policies.classifier import Classifier, Guess
from policies.patterns import Pattern, compile_words, contains
from policies.types import AUTO, Request

CERTAIN = 1.0


@dataclass(frozen=True)
class ContentClassifier:
    """Decides the category of a request: its tags, else its keywords, else what `trained` guesses.

    A tag or keywords of exactly one category settle it with confidence 1; of several, they settle nothing. A guess
    below `threshold` leaves the request ambiguous, and so does no guess at all.
    """

    table: CategoryTable
    trained: Classifier | None = None
    threshold: float = 0.0

    @cached_property
    def task_types(self) -> Mapping[str, str]:
        """What `auto` becomes, by category."""
        return self.table.task_types

    @cached_property
    def words(self) -> tuple[tuple[str, Pattern], ...]:
        """The categories that have keywords, with a pattern of them."""
        return tuple(
            (category.name, compile_words(category.keywords)) for category in self.table.categories if category.keywords
        )

    def classify(self, requests: Sequence[Request]) -> tuple[Request, ...]:
        """The requests with their category; one whose task type is `auto` takes its category's."""
        told = [self.said(request) for request in requests]
        unknown = [i for i, guess in enumerate(told) if guess is None]
        if self.trained is not None:
            for i, guess in zip(unknown, self.trained.classify([requests[i].text for i in unknown]), strict=True):
                told[i] = guess
        return tuple(self.marked(request, guess) for request, guess in zip(requests, told, strict=True))

    def said(self, request: Request) -> Guess | None:
        """The one category that a request's tags name, or else its words."""
        tagged = {c.name for c in self.table.categories if not c.tags.isdisjoint(request.tags)}
        found = tagged or {name for name, pattern in self.words if contains(pattern, request.text)}
        return Guess(found.pop(), CERTAIN) if len(found) == 1 else None

    def marked(self, request: Request, guess: Guess | None) -> Request:
        """A request with what is known of its category."""
        is_auto = request.is_auto or request.task_type == AUTO
        if guess is None or guess.confidence < self.threshold:
            return replace(
                request,
                is_auto=is_auto,
                category=guess.category if guess else None,
                category_confidence=guess.confidence if guess else 0.0,
                is_ambiguous=True,
            )
        return replace(
            request,
            is_auto=is_auto,
            task_type=self.task_types.get(guess.category, AUTO) if is_auto else request.task_type,
            category=guess.category,
            category_confidence=guess.confidence,
        )
