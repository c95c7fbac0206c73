"""YAML text as a tree of nodes that is known to be sound: bounded, without odd tags, numbers, keys or characters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeAlias

import yaml

from policies.errors import BadInputError
from policies.scalars import (
    CORE,
    MERGE_TAG,
    NUMBER_TAGS,
    SPELLINGS,
    TEXT_TAG,
    CoreLoader,
    scalar_problem,
    text_problem,
)

MAX_CHARACTERS = 500_000
MAX_NODES = 100_000
MAX_DEPTH = 50
MAX_DIGITS = 40

Path: TypeAlias = tuple[str | int, ...]


def construct(node: yaml.Node, *, file: str) -> object:
    """Turn a sound node tree into plain values; what can't be merged (`<<`) is bad input."""
    try:
        return CoreLoader("").construct_document(node)
    except yaml.MarkedYAMLError as error:
        raise not_yaml(error, file=file) from error


def not_yaml(error: yaml.YAMLError, *, file: str) -> BadInputError:
    """PyYAML's complaint as one line, with the line number that it is about."""
    if not isinstance(error, yaml.MarkedYAMLError):
        return BadInputError(f"is not valid YAML: {error}", file=file)
    problem = ", ".join(part for part in (error.context, error.problem) if part)
    if "'\\t'" in problem:
        problem = "a tab where only spaces may indent"
    line = error.problem_mark.line + 1 if error.problem_mark else None
    return BadInputError(f"is not valid YAML: {problem}", file=file, line=line)


def compose_bounded(text: str, *, file: str) -> yaml.Node | None:
    """Compose YAML to a node tree, refusing what is too large, too deep, repeated or malformed."""
    if len(text) > MAX_CHARACTERS:
        raise BadInputError(f"is longer than {MAX_CHARACTERS} characters", file=file)
    if "\x00" in text:
        raise BadInputError("contains a NUL byte", file=file, line=text[: text.index("\x00")].count("\n") + 1)
    try:
        loader = CoreLoader(text)  # reads ahead: an unprintable character raises here
        try:
            node: yaml.Node | None = loader.get_single_node()
        finally:
            loader.dispose()
    except yaml.YAMLError as error:
        raise not_yaml(error, file=file) from error
    except RecursionError as error:
        raise BadInputError(f"is nested deeper than {MAX_DEPTH} levels", file=file) from error
    # PyYAML lets chr() and int() fail on the escape `"\UFFFFFFFF"` and on a version directive of 5,000 digits
    except (ValueError, ArithmeticError) as error:
        raise BadInputError(f"is not valid YAML: {error}", file=file) from error
    if node is not None:
        expanded_size(node, {}, above=(), file=file)
        refuse_bad_keys(node, file=file, checked=set())
        refuse_bad_values(node, file=file)
    return node


def expanded_size(node: yaml.Node, known: dict[int, int], *, above: tuple[int, ...], file: str) -> int:
    """Count the nodes below `node` with every alias expanded; raise when there are too many, too deep or in a cycle.

    `above` holds the identities of the nodes on the way here.
    """
    line = node.start_mark.line + 1
    if id(node) in above:
        raise BadInputError("an anchor contains itself", file=file, line=line)
    if len(above) > MAX_DEPTH:
        raise BadInputError(f"is nested deeper than {MAX_DEPTH} levels", file=file, line=line)
    if node.tag in NUMBER_TAGS and len(node.value) > MAX_DIGITS:
        raise BadInputError(f"a number has more than {MAX_DIGITS} digits", file=file, line=line)
    if id(node) not in known:
        here = (*above, id(node))
        known[id(node)] = 1 + sum(expanded_size(child, known, above=here, file=file) for child in children(node))
    if known[id(node)] > MAX_NODES:
        raise BadInputError(f"expands to more than {MAX_NODES} values", file=file, line=line)
    return known[id(node)]


def children(node: yaml.Node) -> list[yaml.Node]:
    """The nodes directly below a node: keys and values of a mapping, members of a sequence."""
    if isinstance(node, yaml.MappingNode):
        return [child for pair in node.value for child in pair]
    return list(node.value) if isinstance(node, yaml.SequenceNode) else []


def refuse_bad_keys(node: yaml.Node, *, file: str, checked: set[int]) -> None:
    """Raise at a key that is not text (`1` is a number), and at the second of two equal keys."""
    if id(node) in checked:
        return
    checked.add(id(node))
    seen: set[str] = set()
    if isinstance(node, yaml.MappingNode):
        for key, _ in node.value:
            line = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode) or key.tag not in (TEXT_TAG, MERGE_TAG):
                raise BadInputError(f"{key_shown(key)} must be text: put it in quotes", file=file, line=line)
            if (problem := text_problem(key.value)) is not None:
                raise BadInputError(f"key {short(key.value)!r} {problem}", file=file, line=line)
            if key.value in seen:
                raise BadInputError(f"key {short(key.value)!r} stands twice", file=file, line=line)
            seen.add(key.value)
    for child in children(node):
        refuse_bad_keys(child, file=file, checked=checked)


def key_shown(key: yaml.Node) -> str:
    """A key for an error: as it was written, with what YAML takes it for."""
    if not isinstance(key, yaml.ScalarNode):
        return "a key that is a list or a mapping"
    return f"key {short(key.value)!r} (a {key.tag.rpartition(':')[2]} to YAML)"


def refuse_bad_values(node: yaml.Node, *, file: str) -> None:
    """Raise at the first value of a tag that is not of the core schema, or that its tag does not fit."""
    bad = [(line, path, problem, one) for path, one, line in walk(node) if (problem := problem_of(one)) is not None]
    if bad:
        line, path, problem, one = min(bad, key=lambda found: found[0])
        value = BadInputError._ABSENT if one.tag == TEXT_TAG or not isinstance(one, yaml.ScalarNode) else one.value
        raise BadInputError(problem, file=file, line=line, field=dotted(path), value=value)


def problem_of(node: yaml.Node) -> str | None:
    """What is wrong with one value, or None."""
    if isinstance(node, yaml.ScalarNode) and (node.tag == TEXT_TAG or node.tag in SPELLINGS):
        return scalar_problem(node)
    own = "map" if isinstance(node, yaml.MappingNode) else "seq" if isinstance(node, yaml.SequenceNode) else None
    if own is not None and node.tag == CORE + own:
        return None
    written = "!!" + node.tag.removeprefix(CORE) if node.tag.startswith(CORE) else node.tag
    return f"has the tag {short(written)}, which means nothing here"


def line_of_path(node: yaml.Node) -> Mapping[Path, int]:
    """Map each path into the document (keys and indexes from the top) to its line, from 1."""
    return {path: line for path, _, line in walk(node)}


def walk(node: yaml.Node) -> Iterator[tuple[Path, yaml.Node, int]]:
    """Every value with its path and its line from 1 (that of its key, where it has one), in no particular order."""
    stack: list[tuple[Path, yaml.Node, int]] = [((), node, 0)]
    while stack:
        path, current, line = stack.pop()
        yield path, current, line + 1
        if isinstance(current, yaml.MappingNode):
            stack += [((*path, str(key.value)), value, key.start_mark.line) for key, value in current.value]
        elif isinstance(current, yaml.SequenceNode):
            stack += [((*path, i), member, member.start_mark.line) for i, member in enumerate(current.value)]


def dotted(path: Path) -> str | None:
    """A path as a field's name, such as `steps.1.prompt`; None for the top."""
    return ".".join(short(str(part)) for part in path) or None


def short(text: str) -> str:
    """At most 60 characters of `text`."""
    return text if len(text) <= 60 else text[:59] + "…"
