"""The options that several commands share."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import typer

AsJson: TypeAlias = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
RunId: TypeAlias = Annotated[str, typer.Argument(help="The run.", metavar="RUN")]
