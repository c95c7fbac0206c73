"""A desk whose ledger and journal are lists, over a catalogue of four models; for tests of sending."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial

from policies.cascade.terms import CascadeView
from policies.errors import WorkFailedError
from policies.pricing import make_price
from policies.types import Candidate, Catalogue, Decision, Deployment, Model, Price, Request
from tasks.budget import Budget
from tasks.cascades import AnswerCheck
from tasks.clock import clock_s
from tasks.decisions import record_decision
from tasks.desk import Desk
from tasks.identifiers import call_id_of
from tasks.models.client import Client, Message
from tasks.planned import CallLimits, PlannedCall
from tasks.refusals import record_refusal
from tasks.texts import TextKeeper, text_keeper
from tasks.traffic import Traffic
from warehouse.commit import Commit
from warehouse.records import DecisionMade, Intent, Outcome, Record, Scored

RUN_ID = "run-1"
MAX_OUTPUT_TOKENS = 20
FULL = text_keeper("full")
NOON = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)


@dataclass
class MemoryLedger:
    """A ledger in a list: what is in `records` is durable.

    With `is_held`, records wait until `release`; with `is_full`, the disk refuses everything.
    """

    records: list[Record] = field(default_factory=list)
    is_held: bool = False
    is_full: bool = False
    waiting: list[tuple[Sequence[Record], Commit]] = field(default_factory=list)

    def append(self, *records: Record) -> Commit:
        commit = Commit()
        if self.is_full:
            commit.set_exception(WorkFailedError("the disk is full"))
        else:
            self.waiting.append((records, commit))
            if not self.is_held:
                self.release()
        return commit

    def release(self) -> None:
        """Make what waits durable."""
        waiting, self.waiting = self.waiting, []
        for records, commit in waiting:
            self.records += records
            commit.set_result(None)

    @property
    def intents(self) -> list[Intent]:
        return [record for record in self.records if isinstance(record, Intent)]

    @property
    def outcomes(self) -> list[Outcome]:
        return [record for record in self.records if isinstance(record, Outcome)]

    @property
    def scores(self) -> list[Scored]:
        return [record for record in self.records if isinstance(record, Scored)]

    @property
    def decisions(self) -> list[DecisionMade]:
        return [record for record in self.records if isinstance(record, DecisionMade)]


@dataclass
class MemoryJournal:
    """A step's journal in a list."""

    records: list[Record] = field(default_factory=list)

    def append(self, *records: Record) -> None:
        self.records += records


def model_of(name: str, price: Price, *, deployments: int = 1, concurrency: int = 64) -> Model:
    """A model with deployments called NAME-1, NAME-2 …"""
    places = tuple(
        Deployment(f"{name}-{n}", f"openai/{name}", "openai", concurrency=concurrency)
        for n in range(1, deployments + 1)
    )
    return Model(name, places, price, context_window=100_000, max_output_tokens=4_000)


def catalogue_of(*models: Model) -> Catalogue:
    """A catalogue of the models."""
    return Catalogue(models, "c-test")


SMALL = model_of("small", make_price("small", input=Decimal(1), output=Decimal(2)))
LARGE = model_of("large", make_price("large", input=Decimal(10), output=Decimal(30)), deployments=2)
SPARE = model_of("spare", make_price("spare", input=Decimal(3), output=Decimal(4)))
SECRETIVE = model_of("secretive", make_price("secretive", input=None, output=None, source="unknown"))
FOUR = catalogue_of(SMALL, LARGE, SPARE, SECRETIVE)


def decide_for(
    request: Request, model: str | None, *, refusal: str | None = None, p_quality: float | None = None
) -> Decision:
    """A decision for one model, or for none."""
    candidates = () if model is None else (Candidate(model, eligible=True, reason="", p_quality=p_quality),)
    return Decision(request.call_id, "scripted", None, model, 1.0, False, candidates, refusal=refusal)


def redecide_in(order: Sequence[str]) -> Callable[[Request, Mapping[str, str]], Decision]:
    """A router that takes the first model of `order` that is in service."""

    def redecide(request: Request, unavailable: Mapping[str, str]) -> Decision:
        model = next((name for name in order if name not in unavailable), None)
        return decide_for(request, model, refusal=None if model else "every model is out of service")

    return redecide


def record_of(request: Request, decision: Decision, number: int, *, keep_text: TextKeeper = FULL) -> Record:
    """The real record of a decision, at noon."""
    return record_decision(
        request,
        decision,
        number=number,
        run_id=RUN_ID,
        catalogue_version="c-test",
        decided_at=NOON,
        state=None,
        keep_text=keep_text,
    )


def desk_with(
    client: Client,
    *,
    budget: Budget | None = None,
    catalogue: Catalogue = FOUR,
    order: Sequence[str] = ("small", "large", "spare"),
    ledger: MemoryLedger | None = None,
    journal: MemoryJournal | None = None,
    now_s: Callable[[], float] = clock_s,
    traffic: Traffic | None = None,
) -> Desk:
    """A desk around a client; fallbacks go by `order`."""
    return Desk(
        client=client,
        ledger=ledger if ledger is not None else MemoryLedger(),
        journal=journal if journal is not None else MemoryJournal(),
        traffic=traffic or Traffic(clock_s=now_s),
        budget=budget or Budget(None),
        catalogue=catalogue,
        redecide=redecide_in(order),
        record_decision=record_of,
        record_refusal=partial(record_refusal, is_scored=True, keep_text=text_keeper("full"), scored_at=NOON),
        keep_text=text_keeper("full"),
        now=lambda: NOON,
        clock_s=now_s,
    )


def planned_call(
    *,
    model: str | None = "small",
    item_id: str = "item-1",
    text: str = "What is a deque?",
    attempts: int = 3,
    fallbacks: int = 2,
    timeout_s: float = 5.0,
    deadline_s: float = 30.0,
    max_probes: int | None = None,
    max_output_tokens: int = MAX_OUTPUT_TOKENS,
    schema: Mapping[str, object] | None = None,
    refusal: str | None = None,
    cascade: CascadeView | None = None,
    check: AnswerCheck | None = None,
) -> PlannedCall:
    """A call that was decided for `model`."""
    request = Request(
        call_id=call_id_of(RUN_ID, item_id, "answer"),
        item_id=item_id,
        step="answer",
        task_type="generate",
        text=text,
        input_tokens=50,
        max_output_tokens=max_output_tokens,
    )
    limits = CallLimits(attempts, fallbacks, timeout_s, deadline_s, temperature=0.0, seed=0, max_probes=max_probes)
    decision = replace(decide_for(request, model, refusal=refusal), cascade=cascade)
    return PlannedCall(RUN_ID, request, decision, (Message("user", text),), limits, schema, check)
