"""Text cut into passages at the most meaningful break: paragraphs, then lines, sentences, words."""

from __future__ import annotations

import re
from typing import cast

BLANK_LINES = re.compile(r"\n[^\S\n]*(?:\n[^\S\n]*){2,}")
LONG_BLANK = re.compile(r"[^\S\n]{17,}")


def cut_section(text: str, chunk_characters: int, *, overlap: int = 0) -> list[str]:
    """Passages of at most `chunk_characters`, in order; nothing but white space is lost.

    Each passage but the first begins with up to `overlap` characters of the text before it, from the start of a word.
    Text of white space alone gives none.
    """
    from semchunk import semchunk  # here: reading a cached index does not need it

    # semchunk descends one level per distinct run of blanks: bounding the runs bounds its depth.
    text = LONG_BLANK.sub(" " * 16, BLANK_LINES.sub("\n\n", text)).strip()
    if not text:
        return []
    cut = semchunk.chunk(text, chunk_characters - overlap, len, memoize=False, offsets=True)
    spans = cast("list[tuple[int, int]]", cut[1])  # with offsets=True: the pieces, then where they are
    starts = [0, *(reach_back(text, start, overlap) for start, _ in spans[1:])]
    return [text[start:end].strip() for start, (_, end) in zip(starts, spans, strict=True)]


def reach_back(text: str, start: int, overlap: int) -> int:
    """The earliest start of a word within `overlap` characters before `start`; `start` itself where there is none."""
    for position in range(max(1, start - overlap), start):
        if text[position - 1].isspace() and not text[position].isspace():
            return position
    return start
