"""Small worlds for the warehouse's tests: a home, and records that differ only where a test says so."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from policies.types import Candidate
from warehouse.home import Home
from warehouse.records import (
    Agreed,
    AttemptImported,
    DecisionMade,
    Drifted,
    Intent,
    Outcome,
    PolicySeen,
    Priced,
    Record,
    RunEnded,
    RunStarted,
    Scored,
    UsageImported,
    Validated,
    WeightsChanged,
)
from warehouse.spool import Spool

Landed = Callable[[Path], Path]
NOON = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)


class World:
    """One home, and makers of records around it."""

    def __init__(self, root: Path) -> None:
        self.home = Home(root)

    def append(self, *records: Record) -> None:
        """Make records durable in one sealed segment."""
        with Spool(self.home) as spool:
            spool.append(*records).result(10)

    def intent(self, n: int, *, attempt_no: int = 1, run_id: str = "run-1") -> Intent:
        """The intent of call `n`'s attempt, `attempt_no` seconds after noon."""
        return Intent(
            attempt_id=f"attempt-{n}-{attempt_no}",
            call_id=f"call-{n}",
            decision_id=f"decision-{n}",
            run_id=run_id,
            item_id=f"item-{n}",
            step="answer",
            task_type="generate",
            model="small",
            deployment="small-eu",
            provider="openai",
            attempt_no=attempt_no,
            is_fallback=False,
            fallback_from=None,
            price_id="price-1",
            reserved_usd=Decimal("0.01"),
            prompt_hash="00" * 32,
            prompt_text="why? \u2603",
            started_at=NOON + timedelta(seconds=attempt_no),
        )

    def outcome(self, intent: Intent, *, cost_usd: Decimal | None = Decimal("0.000200000")) -> Outcome:
        """A good outcome: 100 tokens in, 20 out; unpriced if `cost_usd` is None."""
        return Outcome(
            intent=intent,
            status="ok",
            error_type=None,
            error_message=None,
            input_tokens=100,
            output_tokens=20,
            cached_tokens=0,
            cost_usd=cost_usd,
            cost_source="unknown" if cost_usd is None else "priced",
            latency_s=0.5,
            queue_s=0.125,
            ended_at=intent.started_at + timedelta(seconds=0.5),
            response_text="because",
        )

    def failure(self, intent: Intent) -> Outcome:
        """A rate-limited outcome, which costs nothing."""
        failed = self.outcome(intent, cost_usd=Decimal(0))
        return replace(failed, status="rate_limited", error_type="RateLimitError", error_message="slow down")

    def score(self, n: int, score: float, *, source: str = "check", name: str = "exact") -> Scored:
        """A judgement of call `n`."""
        assert source in ("check", "judge", "human")
        return Scored(f"score-{n}-{name}", f"call-{n}", name, "1", source, score, None, None, NOON)  # type: ignore[arg-type]  # asserted

    def price(self) -> Priced:
        """The price of `small`: 1 USD in, 5 USD out, half for cached, per million tokens."""
        return Priced("price-1", "small", Decimal(1), Decimal(5), Decimal("0.5"), None, None, False, NOON)

    def policy(self, version: str, *, seen_at: datetime = NOON) -> PolicySeen:
        """A rules file that came into force."""
        return PolicySeen("rules", version, f"# {version}\ndefault: {{use: {{model: small}}}}\n", seen_at)

    def decision(self, n: int, *, model: str = "small") -> DecisionMade:
        """The decision of call `n` between two candidates."""
        candidates = (
            Candidate(model, True, "", 0.75, Decimal("0.0002"), 0.5, 0.7),
            Candidate("large", False, "context window", None, None, None, None),
        )
        return DecisionMade(
            decision_id=f"decision-{n}",
            call_id=f"call-{n}",
            run_id="run-1",
            item_id=f"item-{n}",
            step="answer",
            task_type="generate",
            policy="rules",
            rule="default",
            model=model,
            propensity=1.0,
            explored=False,
            candidates=candidates,
            lambda_=0.25,
            weights_version=None,
            rules_version="rules-1",
            catalogue_version="catalogue-1",
            refusal=None,
            features={"input_tokens": 100, "tag": "x", "is_structured": False, "none": None},
            decided_at=NOON,
            text="why? \u2603",
            state={"unavailable": {"large": "its key is missing"}, "remaining_usd": "0.5", "seed": 7},
            fallbacks=("large",),
            forecast={
                "predictor": "p-0",
                "declined": None,
                "models": {"small": [0.75, 0.1, 20, None, 7, 0.7, 0.05, 0, 0]},
            },
        )

    def run_started(self, *, started_at: datetime = NOON, run_id: str = "run-1", n_items: int = 3) -> RunStarted:
        """A start of a run."""
        return RunStarted(run_id, "qa", "job-hash", "rules", None, Decimal(5), started_at, n_items, "flow-1")

    def run_ended(self, *, ended_at: datetime, status: str = "completed", run_id: str = "run-1") -> RunEnded:
        """An end of a run with one failed item."""
        assert status in ("completed", "failed")
        return RunEnded(run_id, status, ended_at, 1)  # type: ignore[arg-type]  # asserted

    def weights(self, version: str, status: str, *, changed_at: datetime = NOON) -> WeightsChanged:
        """A change of a weights version."""
        assert status in ("candidate", "live", "rejected", "retired")
        return WeightsChanged(version, None, status, "{}", None, None, 0, "{}", "{}", NOON, changed_at)  # type: ignore[arg-type]  # asserted

    def validated(self) -> Validated:
        """One expectation that held."""
        return Validated("validation-1", "facts", "unique attempt_id", "attempts", True, "0", 0, True, NOON)

    def agreed(self, n: int) -> Agreed:
        """Of three further answers, two said the same."""
        call, attempt = f"call-{n}", f"attempt-{n}-1"
        return Agreed(f"agreement-{n}", call, attempt, "self_consistency", "1", 2 / 3, 3, 3, "2 of 3", NOON)

    def drifted(self) -> Drifted:
        """A model that got worse."""
        return Drifted("drift-1", "generate", "small", "quality", 0.9, 0.5, 500, 60, NOON, NOON, NOON)

    def imported(self, n: int, *, cost_usd: Decimal | None = Decimal("0.0003")) -> AttemptImported:
        """An attempt that another tool recorded, half a second long."""
        return AttemptImported(
            attempt_id=f"imported-{n}",
            call_id=f"imported-call-{n}",
            run_id="import-1",
            item_id=f"foreign-{n}",
            step="acompletion",
            task_type="generate",
            model="small",
            deployment="gpt-small-2026",
            provider="openai",
            status="ok",
            error_type=None,
            error_message=None,
            input_tokens=100,
            output_tokens=20,
            cached_tokens=None,
            cost_usd=cost_usd,
            latency_s=0.5,
            started_at=NOON,
            ended_at=NOON + timedelta(seconds=0.5),
            prompt_hash=None,
            prompt_text=None,
            response_text=None,
            origin="litellm-spend-logs",
            foreign_id=f"foreign-{n}",
        )

    def usage(self, n: int) -> UsageImported:
        """What a provider counted in the hour from noon: 40 requests."""
        return UsageImported(
            usage_id=f"usage-{n}",
            bucket_id="bucket-1",
            run_id="import-1",
            origin="openai-usage",
            category="completions",
            grouped_by="model",
            account=None,
            provider="openai",
            model="small",
            foreign_model="gpt-small-2026",
            line_item=None,
            is_batch=False,
            started_at=NOON,
            ended_at=NOON + timedelta(hours=1),
            n_requests=40,
            input_tokens=4000,
            output_tokens=800,
            cached_tokens=0,
            cost_usd=None,
            imported_at=NOON + timedelta(hours=n),
        )

    def everything(self) -> Sequence[Record]:
        """At least one record of every kind, in the order in which a run writes them."""
        intents = [self.intent(n) for n in range(3)]
        return (
            self.run_started(),
            self.price(),
            self.policy("rules-1"),
            *(self.decision(n) for n in range(3)),
            *intents,
            *(self.outcome(intent) for intent in intents[:2]),
            self.imported(0),
            self.usage(0),
            self.score(0, 1.0),
            self.agreed(0),
            self.weights("w1", "live"),
            self.validated(),
            self.drifted(),
            self.run_ended(ended_at=NOON + timedelta(minutes=1)),
        )


@pytest.fixture(scope="session")
def make_world(tmp_path_factory: pytest.TempPathFactory, landed_home: Landed) -> Callable[[], World]:
    """A maker of homes without facts that a whole module may share."""
    return lambda: World(landed_home(tmp_path_factory.mktemp("warehouse") / "home"))


@pytest.fixture
def world(tmp_path: Path, landed_home: Landed) -> World:
    """A home without facts."""
    return World(landed_home(tmp_path / "home"))


@pytest.fixture
def empty_world(tmp_path: Path) -> World:
    """A home in a folder that does not exist yet."""
    return World(tmp_path / "home")
