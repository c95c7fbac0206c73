"""YAML text read into pydantic models, with every error placed at its file and line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Generic, TypeAlias, TypeVar

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from policies.errors import BadInputError

MAX_CHARACTERS = 500_000
MAX_NODES = 100_000
MAX_DEPTH = 50
MAX_DIGITS = 40

MERGE_TAG = "tag:yaml.org,2002:merge"
TEXT_TAG = "tag:yaml.org,2002:str"
NUMBER_TAGS = ("tag:yaml.org,2002:int", "tag:yaml.org,2002:float")

HAS_NO_VALUE = frozenset({"missing", "extra_forbidden", "union_tag_not_found"})
# pydantic speaks of Python's types; a YAML file has lists, mappings and texts
SENTENCES: Mapping[str, str] = {
    "extra_forbidden": "unknown key",
    "missing": "is required",
    "union_tag_not_found": "is required",
    "string_type": "must be text (put it in quotes)",
    "tuple_type": "must be a list",
    "list_type": "must be a list",
    "frozen_set_type": "must be a list",
    "dict_type": "must be a mapping of keys to values",
    "mapping_type": "must be a mapping of keys to values",
    "model_type": "must be a mapping of keys to values",
    "model_attributes_type": "must be a mapping of keys to values",
    "int_type": "must be a whole number",
    "float_type": "must be a number",
    "finite_number": "must be a finite number",
    "decimal_parsing": "must be a decimal number",
    "decimal_type": "must be a decimal number",
    "bool_type": "must be true or false",
    "invalid-json-value": "must be text, number, true, false, null, a list or a mapping",
}

Path: TypeAlias = tuple[str | int, ...]
ModelT = TypeVar("ModelT", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Document(Generic[ModelT]):
    """What a YAML text said, and where: `lines` maps each path into it (keys and indexes) to its line, from 1."""

    content: ModelT
    file: str
    lines: Mapping[Path, int]

    def error(self, path: Path, problem: str, *, value: object = BadInputError._ABSENT) -> BadInputError:
        """An error placed at `path`, or at the longest part of it that the text has."""
        return BadInputError(
            problem, file=self.file, line=self.lines.get(located(path, self.lines)), field=dotted(path), value=value
        )


def parse_document(text: str, schema: type[ModelT], *, file: str) -> ModelT:
    """Read YAML `text` into `schema`; `file` is only named in errors.

    Raises `BadInputError` with the file, the line and the field: for text that is not YAML, has duplicate keys or keys
    that are not text, expands beyond `MAX_NODES` (aliases are counted as often as they are used), or does not fit.
    """
    return locate_document(text, schema, file=file).content


def locate_document(text: str, schema: type[ModelT], *, file: str) -> Document[ModelT]:
    """As `parse_document`, and keep the line of every path, for checks that pydantic can't make."""
    node = compose_bounded(text, file=file)
    value = construct(node, file=file) if node is not None else None
    if not isinstance(value, dict):
        raise BadInputError("must be a mapping of keys to values", file=file, line=1)
    lines = line_of_path(node)
    try:
        return Document(schema.model_validate(value), file, lines)
    except ValidationError as error:
        raise first_error(error, lines, file=file) from error


class PlacedConstructor(yaml.constructor.SafeConstructor):
    """PyYAML's safe constructor, except that a scalar that can't be built raises an error with its line."""

    def construct_object(self, node: yaml.Node, deep: bool = False) -> object:
        try:
            return super().construct_object(node, deep=deep)
        # what PyYAML lets through for `!!bool maybe`, `!!int ""`, `!!timestamp x` and a thirteenth month
        except (ValueError, TypeError, LookupError, AttributeError, ArithmeticError) as error:
            kind = node.tag.rpartition(":")[2]
            raise yaml.constructor.ConstructorError(None, None, f"not a {kind}: {error}", node.start_mark) from error


def construct(node: yaml.Node, *, file: str) -> object:
    """Turn a node tree into plain values; unknown tags and impossible scalars are bad input."""
    try:
        return PlacedConstructor().construct_document(node)
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
        loader = yaml.SafeLoader(text)  # reads ahead: an unprintable character raises here
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
    """Raise at a key that is not text (YAML reads `on` as true), and at the second of two equal keys."""
    if id(node) in checked:
        return
    checked.add(id(node))
    seen: set[str] = set()
    if isinstance(node, yaml.MappingNode):
        for key, _ in node.value:
            line = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode) or key.tag not in (TEXT_TAG, MERGE_TAG):
                raise BadInputError(f"{key_shown(key)} must be text: put it in quotes", file=file, line=line)
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
    line, value = lines.get(path), details["input"]
    sentence = sentence_of(details)
    if error.error_count() > 1:
        sentence += f"; {error.error_count() - 1} more"
    if details["type"] == "missing":
        path = (*path, details["loc"][-1])
    elif details["type"] in ("union_tag_invalid", "union_tag_not_found"):
        path = (*path, details["ctx"]["discriminator"].strip("'"))
        line, value = lines.get(path, line), details["ctx"].get("tag")
    # a whole mapping says less than the line does, and an unknown key's value nothing
    is_shown = (
        details["type"] not in HAS_NO_VALUE
        and value is not None
        and not (details["type"] == "value_error" and isinstance(value, dict))
    )
    shown = value if is_shown else BadInputError._ABSENT
    return BadInputError(sentence, file=file, line=line, field=dotted(path), value=shown)


def dotted(path: Path) -> str | None:
    """A path as a field's name, such as `steps.1.prompt`; None for the top."""
    return ".".join(short(str(part)) for part in path) or None


def short(text: str) -> str:
    """At most 60 characters of `text`."""
    return text if len(text) <= 60 else text[:59] + "…"


def located(loc: Path, lines: Mapping[Path, int]) -> Path:
    """The longest path that the document has; pydantic's own branch names (of unions) are left out."""
    path: Path = ()
    for part in loc:
        if (*path, part) in lines:
            path = (*path, part)
    return path


def sentence_of(details: ErrorDetails) -> str:
    """Pydantic's message in this project's words."""
    if details["type"] == "union_tag_invalid":
        return f"must be one of {details['ctx']['expected_tags']}"
    if details["type"] == "too_short":
        return f"must have at least {details['ctx']['min_length']} member(s)"
    if details["type"] == "too_long":
        return f"must have at most {details['ctx']['max_length']} members"
    if details["input"] is None and details["type"].endswith(("_type", "_parsing")):
        return "must not be null (a key without a value is)"
    message = str(details["msg"]).removeprefix("Value error, ")
    message = SENTENCES.get(details["type"], message[:1].lower() + message[1:])
    return message.replace("input should", "must").replace("string should", "must")
