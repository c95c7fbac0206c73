"""The scored calls of the ledger that a predictor is fitted to: so many at most, however long the ledger is."""

from __future__ import annotations

from dataclasses import dataclass

from warehouse.evidence import read_facts
from warehouse.home import Home

MOST_CALLS = 10_000  # in all, the latest
MOST_OF_A_CELL = 2_000  # of one task type on one model, so that the busiest one does not crowd out the others
HEAD, TAIL = 10_000, 500  # characters of a text: what is between them says no more


@dataclass(frozen=True, slots=True)
class TrainingCall:
    """One scored answer: what was asked, of which model, and what came of it; None is what is not known.

    `text` is None where it was not stored, `propensity` where no decision of ours chose the model.
    """

    task_type: str
    model: str
    quality: float
    cost_usd: float | None
    latency_s: float | None
    output_tokens: int | None
    propensity: float | None
    text: str | None


def training_calls(
    home: Home, *, most: int = MOST_CALLS, most_of_a_cell: int = MOST_OF_A_CELL
) -> tuple[TrainingCall, ...]:
    """The latest scored answers, oldest first; the same ones for the same ledger."""
    limits = {"most": most, "most_of_a_cell": most_of_a_cell, "head": HEAD, "tail": TAIL}
    return read_facts(home, "training_calls", limits, TrainingCall)
