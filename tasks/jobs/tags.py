"""The tags of a request, from its step and its item."""

from __future__ import annotations

from collections.abc import Mapping

from tasks.jobs.steps import LlmStep


def tags_of(step: LlmStep, item: Mapping[str, object]) -> frozenset[str]:
    """The step's own tags, and `FIELD:VALUE` for each of `tags_from` that the item has; a list gives several."""
    tags = set(step.tags)
    for field in step.tags_from:
        value = item.get(field)
        for member in value if isinstance(value, list | tuple) else (value,):
            if member is not None and member != "":
                tags.add(f"{field}:{member}")
    return frozenset(tags)
