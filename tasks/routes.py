"""The file between *route* and *complete*: the calls of a step of a chunk with their decisions, and who has none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter

from policies.types import Decision, RoutingState
from tasks.cascades import AnswerCheck
from tasks.jobs.outputs import Schema
from tasks.planned import CallLimits, PlannedCall
from tasks.requests import Call
from tasks.results import StepResult
from tasks.run_folder import write_bytes


@dataclass(frozen=True, slots=True)
class Routed:
    """A call with the decision that was made for it."""

    call: Call
    decision: Decision


@dataclass(frozen=True, slots=True)
class Routes:
    """What *route* leaves behind: routed calls, and the results of the items that need no call.

    `state` is what all were decided in; None in files of older versions. `lambda_` is the λ that the run's pace was at,
    None where it has none.
    """

    routed: tuple[Routed, ...]
    settled: tuple[StepResult, ...]
    state: RoutingState | None = None
    lambda_: float | None = None


ROUTES = TypeAdapter(Routes)


def save_routes(path: Path, routes: Routes) -> None:
    """Write the file, whole or not at all."""
    write_bytes(path, ROUTES.dump_json(routes))


def load_routes(path: Path) -> Routes:
    """Read what `save_routes` wrote."""
    return ROUTES.validate_json(path.read_bytes())


def plan_calls(
    routed: Sequence[Routed],
    *,
    run_id: str,
    limits: CallLimits,
    schema: Schema | None,
    checks: Mapping[str, AnswerCheck],
) -> list[PlannedCall]:
    """The routed calls with what sending needs besides; `checks` are those of cascades, by item."""
    return [
        PlannedCall(run_id, call.request, one.decision, call.messages, limits, schema, checks.get(call.request.item_id))
        for one in routed
        for call in (one.call,)
    ]
