"""YAML's plain scalars read by the core schema of YAML 1.2 (https://yaml.org/spec/1.2.2/#103-core-schema).

PyYAML reads them by YAML 1.1, where `1:30` is 90, `010` is 8, `no` is false, `1_000` is a number and `1e3` is not.
Here only what JSON has, and a few more spellings of it, is not text. Merge keys (`<<`) are kept, from YAML 1.1.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

import yaml

CORE = "tag:yaml.org,2002:"
TEXT_TAG, MERGE_TAG, NULL_TAG, BOOL_TAG = CORE + "str", CORE + "merge", CORE + "null", CORE + "bool"
INT_TAG, FLOAT_TAG = CORE + "int", CORE + "float"
NUMBER_TAGS = (INT_TAG, FLOAT_TAG)
COLLECTION_TAGS = (CORE + "seq", CORE + "map")

# Each tag with its spellings, and the characters that they may begin with; the first that matches wins.
SPELLINGS: Mapping[str, tuple[re.Pattern[str], list[str]]] = {
    NULL_TAG: (re.compile(r"^(?:~|null|Null|NULL|)\Z"), ["~", "n", "N", ""]),
    BOOL_TAG: (re.compile(r"^(?:true|True|TRUE|false|False|FALSE)\Z"), list("tTfF")),
    INT_TAG: (re.compile(r"^(?:[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)\Z"), list("-+0123456789")),
    FLOAT_TAG: (
        re.compile(
            r"^(?:[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))\Z"
        ),
        list("-+.0123456789"),
    ),
    MERGE_TAG: (re.compile(r"^<<\Z"), ["<"]),
}


class CoreLoader(yaml.SafeLoader):
    """PyYAML's safe loader with the core schema's scalars, and no other tags than the schema's."""

    yaml_implicit_resolvers = {}  # noqa: RUF012 - PyYAML's own attribute, which `add_implicit_resolver` fills
    yaml_constructors = {  # noqa: RUF012 - likewise, by `add_constructor`
        tag: yaml.SafeLoader.yaml_constructors[tag] for tag in (TEXT_TAG, NULL_TAG, *COLLECTION_TAGS)
    }

    def compose_scalar_node(self, anchor: dict[str, yaml.Node]) -> yaml.ScalarNode:
        """PyYAML resolves `! 12` as if it had no tag; it is the text."""
        event = self.peek_event()  # type: ignore[no-untyped-call]  # PyYAML's stubs leave it unannotated
        is_text = event.tag == "!"
        node = super().compose_scalar_node(anchor)
        if is_text:
            node.tag = TEXT_TAG
        return node


def scalar_problem(node: yaml.ScalarNode) -> str | None:
    """What is wrong with a scalar of a known tag, or None: a spelling that the tag lacks, or a number that is none."""
    if node.tag == TEXT_TAG:
        return text_problem(node.value)
    pattern, _ = SPELLINGS[node.tag]
    is_spelt = pattern.match(node.value) or (node.tag == FLOAT_TAG and SPELLINGS[INT_TAG][0].match(node.value))
    if not is_spelt:
        return f"is no {node.tag.removeprefix(CORE)} to YAML 1.2"
    if node.tag == FLOAT_TAG and not math.isfinite(float_of(node.value)):
        return "must be a finite number (text goes in quotes)"
    return None


def text_problem(text: str) -> str | None:
    """What no text may hold: the characters that an escape such as `"\\0"` can write, and nothing can store."""
    if "\x00" in text:
        return "contains a NUL character"
    has_half = any("\ud800" <= c <= "\udfff" for c in text)
    return "contains half a surrogate pair (write the character itself)" if has_half else None


def float_of(text: str) -> float:
    """A float of the core schema; whole numbers of any base are floats where `!!float` says so."""
    if SPELLINGS[INT_TAG][0].match(text):
        return float(int_of(text))
    return float(text.replace(".", "", 1) if text.lower().lstrip("+-") in (".inf", ".nan") else text)


def int_of(text: str) -> int:
    """An integer of the core schema: `010` is ten, octal is written `0o10`."""
    return int(text, {"0o": 8, "0x": 16}.get(text[:2], 10))


for _tag, (_pattern, _first) in SPELLINGS.items():
    CoreLoader.add_implicit_resolver(_tag, _pattern, _first)
CoreLoader.add_constructor(BOOL_TAG, lambda _, node: node.value.lower() == "true")
CoreLoader.add_constructor(INT_TAG, lambda _, node: int_of(node.value))
CoreLoader.add_constructor(FLOAT_TAG, lambda _, node: float_of(node.value))
