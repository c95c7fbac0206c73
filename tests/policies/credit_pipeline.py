"""A synthetic pipeline with known truth: rewrite → retrieve → answer, where only the answer's score says much.

A rewrite decides whether the search finds the passage; an answer is right with the passage as often as its model is
good, and seldom without it. So the steps multiply: the estimator's main effects are not the truth's form. The rewrite's
own check says nearly nothing of it, and may favour the worse one. Models were chosen by rules: one draw for both steps
of most items, as where a rule sends important items to the large model everywhere.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from policies.allocation.outlay import spread_money
from policies.catalogue import parse_catalogue
from policies.crediting import Credited, CreditSums, add_credited, credit_step
from policies.main_effects import CoServed, Level, main_effects
from policies.performance import PerformancePolicy
from policies.selection import paced
from policies.shrinkage import CellSums, shrink_means
from policies.types import Request, RoutingState, Weights
from policies.weighing import weigh
from policies.weights import weights_document, weights_version

Floats: TypeAlias = npt.NDArray[np.float64]
Codes: TypeAlias = npt.NDArray[np.int64]
Learned: TypeAlias = Literal["own scores", "plain average", "credit", "truth"]

MODELS = ("small", "middle", "large")
STEPS = ("rewrite", "answer")
WITHOUT_PASSAGE = 0.1  # how often an answer is right where the search found nothing
WEIGHT = 1.0  # the rewrite's credit: its own check is known to say little
MODEL = """
  - name: {name}
    deployments: [{{litellm_model: toy/{name}}}]
    price: {{input: {price}, output: {price}}}
    context_window: 8000
    max_output_tokens: 500
    prior_quality: {{default: 0.5}}
    prior_latency_s: 1
"""
CATALOGUE = parse_catalogue(
    "models:" + "".join(MODEL.format(name=name, price=price) for name, price in zip(MODELS, (1, 4, 15), strict=True)),
    file="pipeline.yaml",
)


@dataclass(frozen=True, slots=True)
class Pipeline:
    """How often each model's rewrite finds the passage, its answer is right then, and its rewrite passes the check."""

    finds: Floats
    answers: Floats
    passes: Floats

    def quality(self, rewriter: Codes | int, answerer: Codes | int) -> Floats:
        """The expected final score of items that some models serve."""
        finds, right = self.finds[rewriter], self.answers[answerer]
        return np.asarray(finds * right + (1 - finds) * WITHOUT_PASSAGE)


@dataclass(frozen=True, slots=True)
class Log:
    """What was logged of n items: the models' numbers by step, the rewrites' own scores, the final ones (NaN: none)."""

    models: Mapping[str, Codes]
    own: Floats
    final: Floats


def draw_pipeline(seed: int) -> Pipeline:
    """A better model is better at both, in one step by much and in the other by little: by which, chance decides."""
    draw = np.random.default_rng(seed)
    steep, flat = np.sort(draw.uniform(0.35, 0.95, 3)), 0.7 + np.sort(draw.uniform(0.0, 0.06, 3))
    finds, answers = (steep, flat) if draw.random() < 0.5 else (flat, steep)
    return Pipeline(finds, answers, draw.uniform(0.88, 0.96, 3))


def draw_log(pipeline: Pipeline, seed: int, *, n: int = 3000, together: float = 0.8, is_scored: float = 0.7) -> Log:
    """Items served by one draw for both steps in the part `together`; `is_scored` of them have a final score."""
    draw = np.random.default_rng([seed, 1])
    rewriter, other = draw.integers(0, 3, n), draw.integers(0, 3, n)
    answerer = np.where(draw.random(n) < together, rewriter, other)
    final = (draw.random(n) < pipeline.quality(rewriter, answerer)).astype(float)
    own = (draw.random(n) < pipeline.passes[rewriter]).astype(float)
    return Log({"rewrite": rewriter, "answer": answerer}, own, np.where(draw.random(n) < is_scored, final, np.nan))


def level(step: str, number: int) -> Level:
    """A model in a step, whose name is its task type too."""
    return Level(step, step, MODELS[number])


def pairs_of(log: Log) -> list[CoServed]:
    """What the warehouse's query `credit_pairs` says of a log."""
    seen = ~np.isnan(log.final)
    pairs = []
    for one in STEPS:
        for other in STEPS:
            for i in range(3):
                for j in range(3):
                    both = seen & (log.models[one] == i) & (log.models[other] == j)
                    if other <= one and both.any():
                        final = log.final[both]
                        total, squares = float(final.sum()), float((final**2).sum())
                        pairs.append(CoServed(level(one, i), level(other, j), int(both.sum()), total, squares))
    return pairs


def sums_of(log: Log, step: str, *, weight: float) -> list[CreditSums]:
    """What `credit_sums` says of a log; the answer's own score is the final one."""
    scores = log.own if step == "rewrite" else log.final
    found = []
    for number in range(3):
        is_model = log.models[step] == number
        own = scores[is_model & ~np.isnan(scores)]
        found.append(
            CreditSums(
                level(step, number), weight, int(is_model.sum()), 0, len(own), float(own.mean()), float(own.var(ddof=1))
            )
        )
    return found


def learn(pipeline: Pipeline, log: Log, how: Learned, *, weight: float = WEIGHT) -> Weights:
    """Weights from a log: by own scores; the plain mean of the final scores; by credit; or as the truth has them."""
    cells = [cell for step in STEPS for cell in cells_of(pipeline, log, step, how, weight=weight)]
    means = shrink_means(cells)
    return Weights(weights_version(weights_document(means)), means)


def cells_of(pipeline: Pipeline, log: Log, step: str, how: Learned, *, weight: float = WEIGHT) -> list[CellSums]:
    """The sums of one step's models, before they are shrunken."""
    if how == "credit":
        effects = main_effects(pairs_of(log), final_step="answer")
        credit = weight if step == "rewrite" else 1.0
        return [cell_of(one) for one in credit_step(sums_of(log, step, weight=credit), effects)]
    if how == "truth":
        others = np.bincount(log.models["answer" if step == "rewrite" else "rewrite"], minlength=3) / len(log.own)
        means = [float(others @ truth_of(pipeline, step, number)) for number in range(3)]
        return [CellSums(step, MODELS[number], 10**6, mean, 0.25, None, 1.0) for number, mean in enumerate(means)]
    scores = log.own if step == "rewrite" and how == "own scores" else log.final
    return [plain_cell(scores[(log.models[step] == number) & ~np.isnan(scores)], step, number) for number in range(3)]


def truth_of(pipeline: Pipeline, step: str, number: int) -> Floats:
    """The expected final score of a step's model with each model of the other step."""
    every = np.arange(3)
    return pipeline.quality(number, every) if step == "rewrite" else pipeline.quality(every, number)


def plain_cell(scores: Floats, step: str, number: int) -> CellSums:
    """A plain mean."""
    return CellSums(step, MODELS[number], len(scores), float(scores.mean()), float(scores.var(ddof=1)), None, 1.0)


def cell_of(credited: Credited) -> CellSums:
    """A credited quality as a cell."""
    return add_credited(CellSums(credited.task_type, credited.model, 0, 0.0, None, None, 1.0), [credited])


def requests_of(step: str, *, n: int) -> Sequence[Request]:
    """The requests of a batch at one step; a rewrite is as dear as an answer."""
    return [
        Request(f"{step}-{i}", f"item-{i}", step, step, "why?", input_tokens=150 + 10 * (i % 20), max_output_tokens=100)
        for i in range(n)
    ]


def allocate(weights: Weights, *, budget_usd: float, n: int = 100) -> tuple[Mapping[str, Codes], float]:
    """The models that the product's own allocation gives a batch under a budget, by step, and what they cost in USD."""
    state = RoutingState(seed=1)
    requests = {step: requests_of(step, n=n) for step in STEPS}
    weighed = {
        step: weigh(asked, CATALOGUE, PerformancePolicy(), weights=weights, state=state)
        for step, asked in requests.items()
    }
    outlay = spread_money(weighed, budget_usd=budget_usd, floor=None)
    chosen, cost_usd = {}, 0.0
    for step, asked in requests.items():
        policy = paced(PerformancePolicy(), outlay.lambda_)
        made = policy.decide(asked, CATALOGUE, weights=weights, state=state)
        chosen[step] = np.array([MODELS.index(one.model or "") for one in made])
        cost_usd += float(weighed[step].menu.cost_usd[np.arange(n), chosen[step]].sum())
    return chosen, cost_usd


def bounds_usd(*, n: int = 100) -> tuple[float, float]:
    """What the batch costs on the small model throughout, and on the large one."""
    state = RoutingState()
    menus = [weigh(requests_of(step, n=n), CATALOGUE, PerformancePolicy(), weights=None, state=state) for step in STEPS]
    small, _, large = sum(one.menu.cost_usd.sum(axis=0) for one in menus)
    return float(small), float(large)


def reached(pipeline: Pipeline, weights: Weights, *, share: float = 0.4) -> float:
    """The batch's true mean final quality; the budget is that share of the way from the cheapest to the dearest."""
    low, high = bounds_usd()
    budget_usd = low + share * (high - low)
    chosen, cost_usd = allocate(weights, budget_usd=budget_usd)
    assert cost_usd <= budget_usd * (1 + 1e-9)
    return float(pipeline.quality(chosen["rewrite"], chosen["answer"]).mean())


def lead_of(weights: Weights, step: str) -> float:
    """How far the large model's quality is above the small one's."""
    large, small = weights.cell(step, "large"), weights.cell(step, "small")
    assert large is not None
    assert small is not None
    return large.quality - small.quality
