"""The rule table, and how a request finds its rule."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from policies.rule_finder import RuleFinder
from policies.rule_match import Rule
from policies.types import Request

DEFAULT = "default"
AMBIGUOUS = "ambiguous"


@dataclass(frozen=True)
class RuleTable:
    """Rules in order, the last one the default, the hash of the text, and the models that it was checked against.

    `file` and `catalogue_file` are what errors call the rules and the catalogue of those models. `ambiguous` stands for
    the default where the classifier is less confident than `ambiguous_below` (None: than its own threshold).
    """

    rules: tuple[Rule, ...]
    version: str
    file: str
    models: frozenset[str]
    catalogue_file: str = "the catalogue"
    ambiguous: Rule | None = None
    ambiguous_below: float | None = None

    @cached_property
    def needs_categories(self) -> bool:
        """Whether some rule asks for a request's category."""
        return self.ambiguous is not None or any(rule.match.categories is not None for rule in self.rules)

    @cached_property
    def has_cascades(self) -> bool:
        """Whether some rule has the policy `cascade` choose."""
        rules = self.rules if self.ambiguous is None else (*self.rules, self.ambiguous)
        return any(rule.outcome.chooser == "cascade" for rule in rules)

    @cached_property
    def needs_languages(self) -> bool:
        """Whether some rule asks for a request's language."""
        return any(rule.match.languages is not None for rule in self.rules)

    @cached_property
    def field_names(self) -> frozenset[str]:
        """The fields of items that some rule asks for."""
        return frozenset(wanted.name for rule in self.rules for wanted in rule.match.fields)

    @cached_property
    def named_models(self) -> frozenset[str]:
        """The models that some rule names."""
        rules = self.rules if self.ambiguous is None else (*self.rules, self.ambiguous)
        return frozenset(name for rule in rules for name in rule.outcome.shortlist or ())

    def find(self, request: Request) -> Rule:
        """The first rule that matches; the default always does, and an ambiguous request takes its own default."""
        rule = self._finder.find(request)
        if self.ambiguous is not None and request.is_ambiguous and rule is self.rules[-1]:
            return self.ambiguous
        return rule

    @cached_property
    def _finder(self) -> RuleFinder:
        return RuleFinder(self.rules)
