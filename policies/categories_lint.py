"""Categories that can only be recognised by words, because nothing was labelled for them."""

from __future__ import annotations

from policies.categories import CategoryTable
from policies.findings import Finding


def lint_categories(categories: CategoryTable) -> tuple[Finding, ...]:
    """One warning per category without examples."""
    return tuple(
        Finding(
            "warning",
            "no-examples",
            category.file,
            1,
            f"category {category.name} has no examples: it is recognised by its keywords and tags alone",
        )
        for category in categories.categories
        if not category.examples
    )
