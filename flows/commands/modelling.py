"""`pointsman models`: the weights of the embedded models, and what each model of the catalogue can do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, TypeAlias

import typer

from flows.commands.options import AsJson
from flows.printing import print_grid, print_json
from policies.errors import WorkFailedError
from policies.skills import regions_of
from tasks.models import inventory
from tasks.run_context import load_catalogue
from tasks.settings import load_settings

models = typer.Typer(
    no_args_is_help=True,
    help="The weights of the embedded models: list, pull, verify; the skills of the catalogue's models.",
)

Names: TypeAlias = Annotated[list[str] | None, typer.Argument(help="Embedded models; none: all.", metavar="MODEL…")]


@models.callback()
def read_settings() -> None:
    load_settings()  # a wrong variable is refused before a folder of its name is looked into


@models.command("list")
def list_models(names: Names = None, as_json: AsJson = False) -> None:
    """Show which weights the embedded models need, whether they are there, and under which licence."""
    show(inventory.list_weights(names or []), as_json=as_json)


@models.command("pull")
def pull(names: Names = None, as_json: AsJson = False) -> None:
    """Fetch the weights that are missing, each checked against its pinned hash."""
    missing = [one for one in inventory.list_weights(names or []) if one.status != "present"]
    if missing or as_json:
        pulled = inventory.pull_weights(names or [], announce=lambda line: typer.echo(line, err=True))
        show(pulled, as_json=as_json)


@models.command("verify")
def verify(names: Names = None, as_json: AsJson = False) -> None:
    """Hash the weights again; what is damaged is removed, and the exit code is 1."""
    checked = inventory.verify_weights(names or [])
    show(checked, as_json=as_json)
    bad = [one.weight.name for one in checked if one.status != "present"]
    if bad:
        raise WorkFailedError(f"missing or damaged: {', '.join(bad)}; `pointsman models pull` fetches them")


@models.command("skills")
def skills(as_json: AsJson = False) -> None:
    """What each deployment of the catalogue can do and promises: what a step's `skills` are held against."""
    catalogue = load_catalogue(load_settings().catalog_file)
    rows = [
        {
            "model": model.name,
            "deployment": deployment.name,
            "regions": sorted(regions_of(model, deployment)),
            "skills": sorted(skill for skill in model.skills | deployment.skills if not skill.startswith("region:")),
            "context_window": model.context_window,
            "structured_output": model.has_structured_output,
        }
        for model in catalogue.models
        for deployment in model.deployments
    ]
    if as_json:
        print_json(rows)
    else:
        cells = [[" ".join(cell) if isinstance(cell, list) else cell for cell in row.values()] for row in rows]
        print_grid(tuple(rows[0]), [tuple(row) for row in cells])


def show(weights: Sequence[inventory.WeightStatus], *, as_json: bool) -> None:
    """Print the state of weight files."""
    rows = [
        {
            "file": one.weight.name,
            "models": ", ".join(one.weight.used_by),
            "MB": round(one.weight.size_bytes / 1e6, 1),
            "licence": one.weight.licence,
            "status": one.status,
            "sha256": one.weight.sha256 if as_json else one.weight.sha256[:12],
        }
        for one in weights
    ]
    if as_json:
        print_json([{**row, "path": str(one.path)} for row, one in zip(rows, weights, strict=True)])
    else:
        print_grid(tuple(rows[0]) if rows else (), [tuple(row.values()) for row in rows])
