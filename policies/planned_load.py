"""What the calls of a step ask of models, stage by stage, and how good they will be within an interval."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from policies.options import Option, expected_output_tokens
from policies.run_time import Load
from policies.types import Request

NORMAL_95 = 1.96


@dataclass(frozen=True, slots=True)
class Serving:
    """Who answers one request: one model, or of a cascade the second with the chance `goes_on` after the first.

    `n_samples` further answers of the first are asked for on average, all at once.
    """

    request: Request
    stages: tuple[Option, ...]
    goes_on: float = 0.0
    n_samples: float = 0.0


def stages_of(servings: Sequence[Serving]) -> tuple[tuple[Load, ...], ...]:
    """The loads of each stage: what all requests ask first, the further answers that checks ask for, and what cascades
    ask after that."""
    n_stages = max((len(one.stages) for one in servings), default=0)
    stages = [loads_of(servings, stage) for stage in range(n_stages)]
    again = loads_again(servings)
    return (*stages[:1], *([again] if again else []), *stages[1:])


def loads_of(servings: Sequence[Serving], stage: int) -> tuple[Load, ...]:
    """The calls of one stage by model, with their means."""
    return add_up(
        (one.request, one.stages[stage], one.goes_on if stage else 1.0) for one in servings if stage < len(one.stages)
    )


def loads_again(servings: Sequence[Serving]) -> tuple[Load, ...]:
    """The calls that ask first models again."""
    return add_up((one.request, one.stages[0], one.n_samples) for one in servings if one.n_samples)


def add_up(asked: Iterable[tuple[Request, Option, float]]) -> tuple[Load, ...]:
    """Requests to models, each so many times, by model."""
    sums: dict[str, tuple[float, float, float]] = {}
    for request, option, times in asked:
        n, seconds, tokens = sums.get(option.model.name, (0.0, 0.0, 0.0))
        size = request.input_tokens + expected_output_tokens(request)
        sums[option.model.name] = n + times, seconds + times * option.latency_s, tokens + times * size
    return tuple(Load(model, n, seconds / n, tokens / n) for model, (n, seconds, tokens) in sums.items() if n)


def quality_margin(options: Iterable[Option]) -> float | None:
    """Half of the 95 % interval of the mean score that the calls will get; None for none.

    Two errors add up: that of the predictions, which is the same for all calls of a model, and models are independent;
    and chance, by which a call of predicted quality q is good or not, whose variance is q (1 - q) at most.
    """
    errors: dict[str, float] = {}
    n, chance = 0, 0.0
    for option in options:
        errors[option.model.name] = errors.get(option.model.name, 0.0) + option.quality_se
        quality = min(1.0, max(0.0, option.quality))
        n, chance = n + 1, chance + quality * (1 - quality)
    if not n:
        return None
    return NORMAL_95 * math.sqrt(sum(error**2 for error in errors.values()) + chance) / n
