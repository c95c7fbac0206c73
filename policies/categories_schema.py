"""A file of `policies/examples` as written: one category, how it is recognised, and texts that belong to it."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from policies.rules_schema import Strict, Words
from policies.weights_files import Name

Example = Annotated[str, StringConstraints(min_length=1, max_length=100_000, pattern=r"\S")]
MAX_EXAMPLES = 20_000


class CategoryFile(Strict):
    """One category. Without `examples` it is recognised by its `keywords` and `tags` alone."""

    category: Name
    task_type: Annotated[str, StringConstraints(min_length=1, max_length=64)] | None = None
    keywords: Words | None = None
    tags: Words | None = None
    examples: Annotated[list[Example], Field(min_length=1, max_length=MAX_EXAMPLES)] | None = None
