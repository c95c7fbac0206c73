"""Generated blocks of a hand-written file, each between a marker that names it and an end marker."""

from __future__ import annotations

import re
from collections.abc import Mapping

BLOCK = re.compile(r"<!-- generated: (?P<name>[\w-]+) -->\n(?P<content>.*?)<!-- end -->", re.DOTALL)


class BlockError(Exception):
    """A marker names a block that nothing makes, or a block that is made stands nowhere."""


def fill_blocks(text: str, blocks: Mapping[str, str]) -> str:
    """The text with the content of every block replaced; raises `BlockError` where markers and blocks don't match."""
    found = [match["name"] for match in BLOCK.finditer(text)]
    if text.count("<!-- generated:") != len(found):
        raise BlockError("a generated block has no end marker")
    if sorted(found) != sorted(blocks):
        raise BlockError(f"the markers name {sorted(found)}, the blocks are {sorted(blocks)}")
    return BLOCK.sub(lambda match: f"<!-- generated: {match['name']} -->\n{blocks[match['name']]}\n<!-- end -->", text)
