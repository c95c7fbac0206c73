"""The files of a plot."""

from __future__ import annotations

from pathlib import Path

from policies.errors import BadInputError
from tasks.evaluation.evaluating import Evaluation
from tasks.evaluation.frontier_plot import draw_frontier
from tasks.evaluation.page import make_page
from tasks.evaluation.sheets import Sheet, sheets_of

TIMES = "Predictions"  # the sheet that measures time, and so is never the same twice


def write_plots(evaluation: Evaluation, folder: Path, *, caption: str) -> tuple[Path, Path]:
    """Write `frontier.svg` and `frontier.html` into a folder, which is made; the same bytes for the same evaluation.

    Raises `BadInputError` where the folder can't be written.
    """
    svg = draw_frontier(evaluation)
    sheets: list[Sheet] = [without_times(sheet) for sheet in sheets_of(evaluation)]
    page = make_page(Path(evaluation.file).name, caption=caption, svg=svg, sheets=sheets)
    drawn, shown = folder / "frontier.svg", folder / "frontier.html"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        drawn.write_bytes(svg)
        shown.write_bytes(page)
    except OSError as error:
        raise BadInputError(f"can't be written: {error}", field="--plot", value=str(folder)) from error
    return drawn, shown


def without_times(sheet: Sheet) -> Sheet:
    """The sheet of predictions without its last column, the time that they took."""
    if sheet.title != TIMES:
        return sheet
    return Sheet(sheet.title, sheet.columns[:-1], tuple(row[:-1] for row in sheet.rows))
