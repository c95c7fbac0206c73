"""A ledger of calls that the real policy decided, with exploration, in a world whose qualities are known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache

import numpy as np

from policies.catalogue import parse_catalogue
from policies.performance import PerformancePolicy
from policies.terms import Terms
from policies.types import Catalogue, Decision, Policy, Request, RoutingState, Weights
from tasks.decisions import record_decision
from tasks.texts import TextKeeper
from warehouse.home import Home
from warehouse.landing import land
from warehouse.records import Intent, Outcome, PolicySeen, Record, Scored
from warehouse.spool import Spool

NOON = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
PRICES = {"small": 1, "middle": 2, "large": 4, "huge": 8}
CATALOGUE = "models:\n" + "".join(
    f"  - {{name: {name}, deployments: [{{litellm_model: openai/{name}}}], price: {{input: {price}, output: {price}}},"
    f" context_window: 8000, max_output_tokens: 1000, prior_quality: {{default: 0.6}}}}\n"
    for name, price in PRICES.items()
)
INPUT_TOKENS, MAX_OUTPUT_TOKENS = 200, 100


@cache
def catalogue() -> Catalogue:
    """Four models that are expected to be alike, each twice as dear as the one before."""
    return parse_catalogue(CATALOGUE, file="catalog.yaml")


@dataclass(frozen=True, slots=True)
class ExploredWorld:
    """`quality` is the chance of each model to answer right, by task type."""

    home: Home
    quality: Mapping[str, Mapping[str, float]]

    def log(
        self,
        n: int,
        *,
        first: int = 0,
        exploration: float = 0.2,
        weights: Weights | None = None,
        policy: Policy | None = None,
        lambda_: float | None = None,
        at: datetime = NOON,
    ) -> tuple[Decision, ...]:
        """Decide n calls, one of an item each, answer and score them, and land all of it; what was decided."""
        terms = Terms(multiplier=lambda_, exploration=exploration)
        state, tasks = RoutingState(seed=1), sorted(self.quality)
        asked = [request(number, tasks[number % len(tasks)]) for number in range(first, first + n)]
        decider = policy or PerformancePolicy(terms)
        decisions = decider.decide(asked, catalogue(), weights=weights, state=state)
        rng = np.random.default_rng((first, n))
        records: list[Record] = [PolicySeen("catalogue", catalogue().version, CATALOGUE, at)]
        for number, (one, decision) in enumerate(zip(asked, decisions, strict=True)):
            moment = at + timedelta(seconds=number)
            records += self.records(one, decision, rng, state=state, terms=terms, at=moment)
        with Spool(self.home) as spool:
            spool.append(*records).result(60)
        land(self.home)
        return decisions

    def records(
        self,
        asked: Request,
        decision: Decision,
        rng: np.random.Generator,
        *,
        state: RoutingState,
        terms: Terms,
        at: datetime,
    ) -> Sequence[Record]:
        """One call's decision, attempt and score."""
        model = decision.model
        assert model is not None
        made = record_decision(
            asked,
            decision,
            number=0,
            run_id="run-1",
            catalogue_version=catalogue().version,
            decided_at=at,
            state=state,
            keep_text=TextKeeper("none"),
            terms=terms,
        )
        intent = Intent(
            attempt_id=f"attempt-{asked.call_id}",
            call_id=asked.call_id,
            decision_id=made.decision_id,
            run_id="run-1",
            item_id=asked.item_id,
            step=asked.step,
            task_type=asked.task_type,
            model=model,
            deployment=model,
            provider="openai",
            attempt_no=1,
            is_fallback=False,
            fallback_from=None,
            price_id=f"price-{model}",
            reserved_usd=None,
            prompt_hash=None,
            prompt_text=None,
            started_at=at,
        )
        outcome = Outcome(
            intent=intent,
            status="ok",
            error_type=None,
            error_message=None,
            input_tokens=INPUT_TOKENS,
            output_tokens=50,
            cached_tokens=0,
            cost_usd=Decimal(PRICES[model]) * (INPUT_TOKENS + 50) / 10**6,
            cost_source="priced",
            latency_s=float(rng.uniform(0.5, 1.5)),
            queue_s=0.0,
            ended_at=at + timedelta(seconds=2),
        )
        right = float(rng.random() < self.quality[asked.task_type][model])
        score = Scored(f"score-{asked.call_id}", asked.call_id, "exact", "1", "check", right, None, None, at)
        return made, outcome, score

    def judge(self, scores: Mapping[int, float], *, by: str) -> None:
        """A person's scores of calls, by their numbers."""
        records = [
            Scored(f"{by}-{n}", f"call-{n}", "feedback", "1", "human", score, None, by, NOON)
            for n, score in scores.items()
        ]
        with Spool(self.home) as spool:
            spool.append(*records).result(60)
        land(self.home)


def request(number: int, task_type: str) -> Request:
    """The only call of an item."""
    return Request(
        call_id=f"call-{number}",
        item_id=f"item-{number}",
        step="answer",
        task_type=task_type,
        text="why?",
        input_tokens=INPUT_TOKENS,
        max_output_tokens=MAX_OUTPUT_TOKENS,
    )
