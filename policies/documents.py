"""YAML text read into pydantic models, with every error placed at its file and line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias, TypeVar

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from policies.errors import BadInputError

MAX_CHARACTERS = 1_000_000
MAX_NODES = 100_000
MAX_DEPTH = 50

Path: TypeAlias = tuple[str | int, ...]
ModelT = TypeVar("ModelT", bound=BaseModel)


def parse_document(text: str, schema: type[ModelT], *, file: str) -> ModelT:
    """Read YAML `text` into `schema`; `file` is only named in errors.

    Raises `BadInputError` with the file, the line and the field: for text that is not YAML, has duplicate keys,
    expands beyond `MAX_NODES` (aliases are counted as often as they are used), or does not fit the schema.
    """
    node = compose_bounded(text, file=file)
    value = construct(node, file=file) if node is not None else None
    if not isinstance(value, dict):
        raise BadInputError("must be a mapping of keys to values", file=file, line=1)
    lines = line_of_path(node)
    try:
        return schema.model_validate(value)
    except ValidationError as error:
        raise first_error(error, lines, file=file) from error


def construct(node: yaml.Node, *, file: str) -> object:
    """Turn a node tree into plain values; unknown tags and impossible scalars (a thirteenth month) are bad input."""
    try:
        return yaml.constructor.SafeConstructor().construct_document(node)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        raise BadInputError(f"is not valid YAML: {error.problem}", file=file, line=line) from error
    except (ValueError, TypeError) as error:
        raise BadInputError(f"is not valid YAML: {error}", file=file) from error


def compose_bounded(text: str, *, file: str) -> yaml.Node | None:
    """Compose YAML to a node tree, refusing what is too large, too deep, repeated or malformed."""
    if len(text) > MAX_CHARACTERS:
        raise BadInputError(f"is longer than {MAX_CHARACTERS} characters", file=file)
    if "\x00" in text:
        raise BadInputError("contains a NUL byte", file=file, line=text[: text.index("\x00")].count("\n") + 1)
    loader = yaml.SafeLoader(text)
    try:
        node: yaml.Node | None = loader.get_single_node()
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        raise BadInputError(f"is not valid YAML: {error.problem}", file=file, line=line) from error
    except yaml.YAMLError as error:
        raise BadInputError(f"is not valid YAML: {error}", file=file) from error
    except RecursionError as error:
        raise BadInputError(f"is nested deeper than {MAX_DEPTH} levels", file=file) from error
    finally:
        loader.dispose()
    if node is not None:
        expanded_size(node, {}, depth=0, file=file)
        refuse_duplicate_keys(node, file=file)
    return node


def expanded_size(node: yaml.Node, known: dict[int, int], *, depth: int, file: str) -> int:
    """Count the nodes below `node` with every alias expanded; raise when there are too many, too deep or in a cycle."""
    if depth > MAX_DEPTH:
        raise BadInputError(f"is nested deeper than {MAX_DEPTH} levels", file=file, line=node.start_mark.line + 1)
    if id(node) not in known:
        known[id(node)] = 1 + sum(expanded_size(child, known, depth=depth + 1, file=file) for child in children(node))
    if known[id(node)] > MAX_NODES:
        raise BadInputError(f"expands to more than {MAX_NODES} values", file=file, line=node.start_mark.line + 1)
    return known[id(node)]


def children(node: yaml.Node) -> list[yaml.Node]:
    """The nodes directly below a node: keys and values of a mapping, members of a sequence."""
    if isinstance(node, yaml.MappingNode):
        return [child for pair in node.value for child in pair]
    return list(node.value) if isinstance(node, yaml.SequenceNode) else []


def refuse_duplicate_keys(node: yaml.Node, *, file: str) -> None:
    """Raise at the second of two equal keys in one mapping, which YAML libraries let the last win."""
    seen: set[str] = set()
    if isinstance(node, yaml.MappingNode):
        for key, _ in node.value:
            if key.value in seen and isinstance(key, yaml.ScalarNode):
                raise BadInputError(f"key {key.value!r} stands twice", file=file, line=key.start_mark.line + 1)
            seen.add(str(key.value))
    for child in children(node):
        refuse_duplicate_keys(child, file=file)


def line_of_path(node: yaml.Node | None) -> Mapping[Path, int]:
    """Map each path into the document (keys and indexes from the top) to its line, from 1."""
    lines: dict[Path, int] = {}
    stack: list[tuple[Path, yaml.Node, int]] = [((), node, 0)] if node is not None else []
    while stack:
        path, current, line = stack.pop()
        lines[path] = line + 1
        if isinstance(current, yaml.MappingNode):
            stack += [((*path, str(key.value)), value, key.start_mark.line) for key, value in current.value]
        elif isinstance(current, yaml.SequenceNode):
            stack += [((*path, i), member, member.start_mark.line) for i, member in enumerate(current.value)]
    return lines


def first_error(error: ValidationError, lines: Mapping[Path, int], *, file: str) -> BadInputError:
    """The first of pydantic's errors as one line with the file, the line, the dotted field and the value."""
    details = error.errors(include_url=False)[0]
    path = located(details["loc"], lines)
    more = f"; {error.error_count() - 1} more" if error.error_count() > 1 else ""
    field = ".".join(str(part) for part in details["loc"]) or None
    sentence = f"{sentence_of(details)}{more}"
    if details["type"] in ("missing", "extra_forbidden"):
        return BadInputError(sentence, file=file, line=lines.get(path), field=field)
    return BadInputError(sentence, file=file, line=lines.get(path), field=field, value=details["input"])


def located(loc: Path, lines: Mapping[Path, int]) -> Path:
    """The longest path that the document has; pydantic's own branch names (of unions) are left out."""
    path: Path = ()
    for part in loc:
        if (*path, part) in lines:
            path = (*path, part)
    return path


def sentence_of(details: ErrorDetails) -> str:
    """Pydantic's message in this project's words."""
    known = {"extra_forbidden": "unknown key", "missing": "is required"}
    message = str(details["msg"]).removeprefix("Value error, ")
    return known.get(details["type"], message[:1].lower() + message[1:])
