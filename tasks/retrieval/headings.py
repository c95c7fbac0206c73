"""Markdown cut at its headings, each part titled with the headings above it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import TypeAlias

Heading: TypeAlias = tuple[int, str]
ATX = re.compile(r" {0,3}(#{1,6})(?:[ \t]+(.*?))?(?:[ \t]+#+)?[ \t]*$")
FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")


def split_sections(markdown: str, file: str) -> list[tuple[str, str]]:
    """Pairs of heading path and text; `#` lines inside fenced code are text. Empty sections keep their heading."""
    fence = ""

    def heading_of(line: str) -> Heading | None:
        nonlocal fence
        mark = FENCE.match(line)
        if fence:
            if mark and mark[1].startswith(fence) and not line.strip(" \t" + fence[0]):
                fence = ""
            return None
        if mark:
            fence = mark[1]
            return None
        atx = ATX.match(line)
        return (len(atx[1]), (atx[2] or "").strip()) if atx else None

    return group_lines(markdown.split("\n"), heading_of, file)


def group_lines(lines: Iterable[str], heading_of: Callable[[str], Heading | None], file: str) -> list[tuple[str, str]]:
    """Gather lines into sections; a heading closes those of its level and below. The path starts with the file."""
    path: list[Heading] = []
    sections: list[tuple[str, list[str]]] = [(file, [])]
    for line in lines:
        heading = heading_of(line)
        if heading is None:
            sections[-1][1].append(line)
            continue
        path = [above for above in path if above[0] < heading[0]] + [heading]
        sections.append((" > ".join([file, *(text for _, text in path if text)]), []))
    return [(title, "\n".join(body)) for title, body in sections]
