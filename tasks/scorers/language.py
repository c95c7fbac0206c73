"""Whether the output is in the language that was asked for."""

from __future__ import annotations

from policies.languages import LANGUAGES
from tasks.languages import detect_languages
from tasks.scorers.sample import Sample, Verdict

MAX_TEXT = 20_000


def language(sample: Sample) -> Verdict | None:
    """1 where the output is in the language `language` (or of the item, by `reference`), 0 where it is in another.

    The detector is that of the routing rules. Where it can't tell, as of a name or a number, there is no score; an
    empty output scores 0. A region aside: `de-AT` is `de`.
    """
    accepted = accepted_languages(sample)
    if not accepted:
        return None
    if not sample.text.strip():
        return Verdict(0.0, "empty")
    [found] = detect_languages([sample.text[:MAX_TEXT]])
    return None if found is None else Verdict(float(found in accepted), f"is {found}")


def accepted_languages(sample: Sample) -> frozenset[str]:
    """The codes that the output may have; none where the item names no language that can be detected."""
    if sample.spec.language is not None:
        return frozenset({sample.spec.language})
    named = sample.texts_at(sample.spec.reference)
    return LANGUAGES & {name.strip().casefold().replace("_", "-").split("-")[0] for name in named}
