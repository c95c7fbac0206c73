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
from policies.logged_cases import Sources
from policies.reclassified import is_as_logged, reclassify
from policies.rule_table import RuleTable
from policies.rules import parse_rules
from policies.suppositions import Supposition, weigh
from policies.types import Catalogue
from tasks.classifiers import classes_of, read_examples
from tasks.jobs.reading import read_text
from tasks.logged_calls import read_log
from tasks.replaying import Library
from tasks.run_context import load_catalogue
from tasks.settings import Settings, existing
from warehouse.home import Home


@dataclass(frozen=True, slots=True)
class WhatIf:
    """What a table would have done since a time; `left_out` are calls that other policies decided, by their names.

    `catalogue` is the version that all calls were tried under, None: each under its own.
    """

    rules_version: str
    since: datetime
    catalogue: str | None
    left_out: Mapping[str, int]
    supposition: Supposition


def what_if(rules: Path, *, catalog: Path | None, since: datetime, settings: Settings, home: Home) -> WhatIf:
    """Try a rules file on every call that was routed by rules since a time; no model is called.

    Each call is tried under the catalogue that it was decided under, unless `catalog` names one for all; under that of
    the settings where the warehouse does not have its own. Raises `BadInputError` for files that can't be used.
    """
    configured = load_catalogue(existing(catalog, "--catalog") or settings.catalog_file)
    table = read_rules(rules, configured, settings)
    library = Library(home)
    log = read_log(home, since=since, library=library)
    if not is_as_logged(table, log):
        categories = parse_categories(read_examples(settings.examples_folder), catalogue=configured)
        log = reclassify(table, log, classes_of(home, categories))
    sources = Sources(cache(lambda version: catalogue_of(version, library, configured, catalog)), library.weights)
    by_rules = np.flatnonzero(log.policy.spread(lambda policy: policy == "rules", np.arange(log.n_rows)))
    supposed = suppose(table, log.at_rows(by_rules), sources)
    counts = dict(zip(log.policy.values, np.bincount(log.policy.codes, minlength=len(log.policy.values)), strict=True))
    left_out = {policy: int(n) for policy, n in sorted(counts.items()) if n and policy != "rules"}
    version = configured.version if catalog is not None else None
    return WhatIf(table.version, since, version, left_out, weigh(log, by_rules, supposed, sources))


def read_rules(file: Path, catalogue: Catalogue, settings: Settings) -> RuleTable:
    """Read a rules file; the examples, which take a second, only if a rule asks for a category."""
    text = read_text(file)
    table = parse_rules(text, file=str(file), catalogue=catalogue, categories=None)
    if not table.needs_categories:
        return table
    categories = parse_categories(read_examples(settings.examples_folder), catalogue=catalogue)
    return parse_rules(text, file=str(file), catalogue=catalogue, categories=categories)


def catalogue_of(version: str, library: Library, configured: Catalogue, catalog: Path | None) -> Catalogue:
    """The catalogue that calls of a version are tried under."""
    if catalog is not None:
        return configured
    try:
        return library.catalogue(version)
    except BadInputError:
        return configured
