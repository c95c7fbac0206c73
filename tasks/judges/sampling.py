"""Which answers a judge looks at, and what that makes of all others."""

from __future__ import annotations

from policies.draws import draw_uniform
from tasks.jobs.steps import LlmStep


def is_sampled(item_id: str, step: LlmStep, *, seed: int) -> bool:
    """Whether the judge of a step looks at an item's answer: the same items for the same seed, in both orders."""
    return step.judge is not None and draw_uniform(seed, item_id, purpose=f"judge {step.name}") < step.judge.rate


def is_scored(item_id: str, step: LlmStep, *, seed: int) -> bool:
    """Whether anything but its usability is to be said of an item's answer.

    A step whose only scorer is a judge is one without scorers to the items that are not in its sample: else its refused
    answers, all of which are known, would be held against the few good ones that are judged (decision 12).
    """
    return bool(step.scorers) or is_sampled(item_id, step, seed=seed)
