"""Whether the passages that were looked for have been found."""

from __future__ import annotations

import re
from collections.abc import Mapping

from tasks.jobs.context import plain
from tasks.scorers.sample import Sample, Verdict, text_of


def retrieved(sample: Sample) -> Verdict | None:
    """The share of the item's source names that are named by a retrieved passage's title or source.

    A name counts where it stands whole: `os.path` is not found in `os.path.join(…)`. None where the item names none.
    """
    names = sample.texts_at(sample.spec.source)
    if not names:
        return None
    passages = plain(sample.output)
    headings = [
        f"{text_of(passage.get('title'))}\n{text_of(passage.get('source'))}"
        for passage in (passages if isinstance(passages, list) else [])
        if isinstance(passage, Mapping)
    ]
    n_found = sum(any(is_named(name, heading) for heading in headings) for name in names)
    return Verdict(n_found / len(names), f"{n_found} of {len(names)} found")


def is_named(name: str, heading: str) -> bool:
    """Whether the dotted `name` stands whole in `heading`."""
    return re.search(rf"(?<![\w.]){re.escape(name)}(?!\w|\.\w)", heading) is not None
