"""The documents that a run's searches can't have found, as people are told of them."""

from __future__ import annotations

from collections.abc import Sequence

from flows.printing import console
from tasks.pinned_corpora import Gap

N_SHOWN = 10  # on the terminal; Markdown shows more, JSON all
N_IN_MARKDOWN = 100


def gap_lines(gaps: Sequence[Gap], *, limit: int) -> list[str]:
    """How many documents were left out, then one line each up to the limit; none where none was."""
    if not gaps:
        return []
    what = "1 document was" if len(gaps) == 1 else f"{len(gaps)} documents were"
    lines = [on_one_line(f"{gap.corpus}: {gap.document}: {gap.reason}") for gap in gaps[:limit]]
    rest = [f"and {len(gaps) - limit} more"] if len(gaps) > limit else []
    return [f"{what} left out of the corpora:", *lines, *rest]


def on_one_line(text: str) -> str:
    """A text without line breaks and without characters that steer a terminal."""
    return "".join(c if c.isprintable() else "�" for c in " ".join(text.split()))


def print_gaps(gaps: Sequence[Gap]) -> None:
    """Say on standard output which documents were left out."""
    for number, line in enumerate(gap_lines(gaps, limit=N_SHOWN)):
        console().print(f"  {line}" if number else line, highlight=False, markup=False, soft_wrap=True)


def gaps_in_markdown(gaps: Sequence[Gap]) -> list[str]:
    """The same as lines of Markdown, with names and reasons as code: they come from other people's files."""
    heading, *lines = gap_lines(gaps, limit=N_IN_MARKDOWN) or [""]
    return [heading, "", *(f"- `{line.replace('`', chr(39))}`" for line in lines), ""] if gaps else []
