"""`pointsman watch`: whether what comes of calls is still what it was."""

from __future__ import annotations

from typing import Annotated

import typer

from flows.commands.options import AsJson
from flows.printing import print_json
from policies.drift.detecting import DELTA
from policies.errors import BadInputError
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

    for option, value, most in (("--days", days, 3650), ("--delta", delta, 1)):
        if not 0 < value <= most or (option == "--delta" and value == most):
            raise BadInputError(f"must be more than 0 and at most {most}", field=option, value=value)
    made_home(current_home())
    found = watch_flow(WatchRequest(days=days, delta=delta))
    if as_json:
        print_json(found)
        return
    for drift in found:
        typer.echo(tell_drift(drift))
    typer.echo(f"{len(found)} new" if found else "nothing new")
