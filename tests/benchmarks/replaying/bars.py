"""The bars of the product's own predictor, each against what peers came to in the same run."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeAlias

from tests.benchmarks.replaying.results import Result, differences

Values: TypeAlias = Sequence[float | None]
Figures: TypeAlias = Mapping[tuple[str, str, str], Values]  # by suite, router and figure
ABOVE = 1e-9  # equal is not above
RIVALS = ("matrix factorisation", "kNN")


def judge(figures: Figures, ours: str) -> Iterator[Result]:
    """Every bar, judged on our router's figures; there are none where it did not run."""

    def of(suite: str, figure: str, router: str = ours) -> Values:
        return figures[suite, router, figure]

    gain = differences(of("llmrouter", "AIQ"), of("llmrouter", "AIQ", "task means"))
    yield Result("llmrouter: AIQ over task means, in every split", gain, ABOVE, is_least=True)
    yield Result("llmrouter: AIQ over task means", gain, 0.005)
    yield Result(
        "llmrouter: quality against the best single model, run for 1 point less",
        of("llmrouter", "-1 point: gap"),
        -0.01,
    )
    yield Result(
        "llmrouter: its cost over the best single model's",
        of("llmrouter", "-1 point: cost share"),
        0.18,
        is_floor=False,
    )
    yield Result("llmrouter: splits below the floor, share", of("llmrouter", "-1 point: missed"))
    yield Result("MMLU: APGR", of("MMLU", "APGR"), 0.70)
    yield Result("MMLU: APGR with 1,500 labels", of("MMLU", "APGR 1500"), 0.66)
    yield Result("GSM8K: APGR, pooled", of("GSM8K", "APGR pooled"), 0.64)
    for suite, figure in (("MMLU", "APGR"), ("MMLU", "APGR 1500"), ("GSM8K", "APGR pooled")):
        yield from over_rivals(of, suite, figure)
    yield Result("MMLU: APGR on unseen task types", of("MMLU", "APGR unseen"), 0.57)
    yield Result("MMLU to GSM8K: APGR, in every split", of("MMLU to GSM8K", "APGR"), 0.49, is_least=True)
    # At λ = 0, where the router alone says who serves: the harness's own guard is not what is judged.
    yield Result(
        "routerarena: quality against the best single model", of("routerarena", "λ = 0: gap"), -0.005, is_least=True
    )
    yield Result("llmrouter: cold start over full information", of("llmrouter", "log ratio"), 0.97)


def over_rivals(of: Callable[..., Values], suite: str, figure: str) -> Iterator[Result]:
    """Ours above each rival's, on average over the same splits."""
    for rival in RIVALS:
        gap = differences(of(suite, figure), of(suite, figure, rival))
        yield Result(f"{suite}: {figure} over {rival}", gap, ABOVE)
