"""What an edit of the rules would have done with the calls that the warehouse has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

import numpy as np

from policies.categories import parse_categories
from policies.counterfactual import suppose
from policies.errors import BadInputError
from policies.logged_calls import LoggedCalls
from policies.logged_cases import Sources
from policies.reclassified import is_as_logged, reclassify
from policies.rule_table import RuleTable
from policies.rules import parse_rules
from policies.suppositions import Supposition, weigh
from policies.types import Catalogue
from tasks.classifiers import classes_of, content_classifier, read_examples
from tasks.jobs.reading import read_text
from tasks.logged_calls import read_log
from tasks.read_again import needs_categories, read_categories, read_forecasts, read_languages, without_stale
from tasks.replaying import Library
from tasks.run_context import load_catalogue
from tasks.settings import Settings, existing
from warehouse.home import Home


@dataclass(frozen=True, slots=True)
class WhatIf:
    """What a table would have done since a time; `left_out` are calls that other policies decided, by their names.

    `catalogue` is the version that all calls were tried under, None: each under its own, but for the `under_current`
    whose own is not in the warehouse, or lacks a model that the rules name: they were tried under the settings'.
    """

    rules_version: str
    since: datetime
    catalogue: str | None
    under_current: int
    left_out: Mapping[str, int]
    supposition: Supposition


def what_if(rules: Path, *, catalog: Path | None, since: datetime, settings: Settings, home: Home) -> WhatIf:
    """Try a rules file on every call that was routed by rules since a time; no model is called.

    Each call is tried under the catalogue that it was decided under, unless `catalog` names one for all; under that of
    the settings where the warehouse does not have its own, or where that lacks a model that the rules name. Raises
    `BadInputError` for files that can't be used.
    """
    configured = load_catalogue(existing(catalog, "--catalog") or settings.catalog_file)
    table = read_rules(rules, configured, settings)
    library = Library(home)
    log = read_log(home, since=since, library=library)
    if not is_as_logged(table, log):
        categories = parse_categories(read_examples(settings.examples_folder), catalogue=configured)
        log = without_stale(reclassify(table, log, classes_of(home, categories)), log)
    own = cache(lambda version: None if catalog is not None else own_catalogue(version, library, table))
    sources = Sources(lambda version: own(version) or configured, library.weights)
    by_rules = np.flatnonzero(log.policy.spread(lambda policy: policy == "rules", np.arange(log.n_rows)))
    told = read_forecasts(table, read_again(table, log.at_rows(by_rules), configured, settings, home), library)
    supposed = suppose(table, told, sources)
    counts = dict(zip(log.policy.values, np.bincount(log.policy.codes, minlength=len(log.policy.values)), strict=True))
    left_out = {policy: int(n) for policy, n in sorted(counts.items()) if n and policy != "rules"}
    version = configured.version if catalog is not None else None
    is_current = log.catalogue_version.spread(lambda one: catalog is None and own(one) is None, by_rules)
    supposition = weigh(log, by_rules, supposed, sources)
    return WhatIf(table.version, since, version, int(is_current.sum()), left_out, supposition)


def read_again(table: RuleTable, log: LoggedCalls, catalogue: Catalogue, settings: Settings, home: Home) -> LoggedCalls:
    """The log with the languages and categories that a table asks for and the rules of then did not."""
    log = read_languages(table, log)
    if not needs_categories(table, log):
        return log
    categories = parse_categories(read_examples(settings.examples_folder), catalogue=catalogue)
    return read_categories(log, content_classifier(home, categories, table))


def read_rules(file: Path, catalogue: Catalogue, settings: Settings) -> RuleTable:
    """Read a rules file; the examples, which take a second, only if a rule asks for a category."""
    text = read_text(file)
    table = parse_rules(text, file=str(file), catalogue=catalogue, categories=None)
    if not table.needs_categories:
        return table
    categories = parse_categories(read_examples(settings.examples_folder), catalogue=catalogue)
    return parse_rules(text, file=str(file), catalogue=catalogue, categories=categories)


def own_catalogue(version: str, library: Library, table: RuleTable) -> Catalogue | None:
    """The catalogue of a version; None where the warehouse does not have it, or it lacks a model that a table names."""
    try:
        catalogue = library.catalogue(version)
    except BadInputError:
        return None
    return catalogue if all(name in catalogue for name in table.named_models) else None
