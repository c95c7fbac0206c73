"""One scorer applied to one output, as its tests need it."""

from __future__ import annotations

from collections.abc import Sequence

from tasks.jobs.context import Context
from tasks.scorers.judging import Judgement, score_output
from tasks.scorers.specs import ScorerSpec


def judge(
    output: object,
    scorer: str,
    *,
    reference: object = None,
    passages: Sequence[object] = (),
    arguments: dict[str, object] | None = None,
) -> Judgement | None:
    """What `scorer` says of `output`: `reference` is the item's, `passages` are those of the step `retrieve`."""
    spec = ScorerSpec.model_validate({"scorer": scorer, **(arguments or {})})
    return score_output(spec, output, Context({"reference": reference}, {"retrieve": list(passages)}))


def score(
    output: object,
    scorer: str,
    *,
    reference: object = None,
    passages: Sequence[object] = (),
    arguments: dict[str, object] | None = None,
) -> float | None:
    """As `judge`, the number alone."""
    judgement = judge(output, scorer, reference=reference, passages=passages, arguments=arguments)
    return None if judgement is None else judgement.score
