"""`pointsman watch`: whether what comes of calls is still what it was."""

from __future__ import annotations

from typing import Annotated

import typer

from flows.commands.options import AsJson
from flows.commands.requests import request_of
from flows.printing import print_json
from policies.drift.detecting import DELTA
from tasks.drifts import WatchRequest, tell_drift
from tasks.settings import current_home, made_home

USUAL = WatchRequest()


def watch(
    days: Annotated[float, typer.Option(help="The latest days whose calls are looked at.")] = USUAL.days,
    delta: Annotated[float, typer.Option(help="The chance of a false alarm that ADWIN is allowed.")] = DELTA,
    as_json: AsJson = False,
) -> None:
    """Look for drifts in quality, cost, latency and errors per task type and model; what is new is recorded and said.

    Calls of a task type with a drift are explored until weights have learned from what came after it.
    """
    from flows.watch import watch as watch_flow  # brings in Prefect

    request = request_of(WatchRequest, {"days": days, "delta": delta})
    made_home(current_home())
    found = watch_flow(request)
    if as_json:
        print_json(found)
        return
    for drift in found:
        typer.echo(tell_drift(drift))
    typer.echo(f"{len(found)} new" if found else "nothing new")
