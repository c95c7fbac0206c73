"""Flows whose parameters are stored by Prefect without secrets, in whatever form they are given."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import ParamSpec, TypeVar

from prefect import Flow
from prefect.task_runners import ThreadPoolTaskRunner

from policies.errors import BadInputError
from tasks.redaction.guarding import guard_process
from tasks.redaction.values import redact_value
from tasks.settings import load_settings

P = ParamSpec("P")
R = TypeVar("R")


class PrivateFlow(Flow[P, R]):
    """A flow that masks secrets in the parameters that it hands to Prefect; its function gets them as they are."""

    def serialize_parameters(self, parameters: Mapping[str, object]) -> dict[str, object]:
        """The parameters as Prefect stores them, which it does before it looks whether they fit."""
        guard_process()
        with suppress(BadInputError):  # settings that can't be used are the flow's to tell
            load_settings()
        stored = super().serialize_parameters(dict(parameters))
        return {name: redact_value(value) for name, value in stored.items()}


def private_flow(
    *, name: str, flow_run_name: Callable[[], str], task_runner: ThreadPoolTaskRunner[object]
) -> Callable[[Callable[P, R]], PrivateFlow[P, R]]:
    """Prefect's decorator `flow`, for a private one."""

    def make(function: Callable[P, R]) -> PrivateFlow[P, R]:
        return PrivateFlow(
            function,
            name=name,
            flow_run_name=flow_run_name,
            task_runner=task_runner,  # type: ignore[arg-type] # generic over the result type
        )

    return make
