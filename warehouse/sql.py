"""SQL texts that lie beside the code, read once."""

from __future__ import annotations

from functools import cache
from pathlib import Path

HERE = Path(__file__).parent


@cache
def sql_text(folder: str, name: str) -> str:
    """The text of `warehouse/<folder>/<name>.sql`; raises `FileNotFoundError`."""
    return (HERE / folder / f"{name}.sql").read_text("utf-8")


@cache
def sql_names(folder: str) -> tuple[str, ...]:
    """The names of the SQL files of a folder, sorted."""
    return tuple(sorted(path.stem for path in (HERE / folder).glob("*.sql")))


def grain_of(text: str) -> str:
    """The first line of an SQL text without its comment mark: what one row is."""
    return text.split("\n", 1)[0].removeprefix("--").strip()
