"""YAML text read into pydantic models, with every error placed at its file and line."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from policies.errors import BadInputError, refuse
from policies.yaml_nodes import MAX_CHARACTERS, MAX_NODES, Path, compose_bounded, construct, dotted, line_of_path

__all__ = ["MAX_CHARACTERS", "MAX_NODES", "Document", "Path", "locate_document", "parse_document"]

NULL = "must not be null (a key without a value is)"
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

NOTHING: Mapping[str, object] = {}
ModelT = TypeVar("ModelT", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Document(Generic[ModelT]):
    """What a YAML text said, and where: `lines` maps each path into it (keys and indexes) to its line, from 1.

    `left_out` are the top-level keys of which something did not fit the schema, in what is left of such a text;
    `places` are then the indexes that the members of its lists have in the text.
    """

    content: ModelT
    file: str
    lines: Mapping[Path, int]
    left_out: frozenset[str] = frozenset()
    places: Mapping[str, Sequence[int]] = field(default_factory=dict)

    def error(self, path: Path, problem: str, *, value: object = BadInputError._ABSENT) -> BadInputError:
        """An error placed at `path`, or at the longest part of it that the text has."""
        path = self._path_in_text(path)
        return BadInputError(
            problem, file=self.file, line=self.lines.get(located(path, self.lines)), field=dotted(path), value=value
        )

    def _path_in_text(self, path: Path) -> Path:
        places = self.places.get(str(path[0])) if len(path) > 1 else None
        if places is None or not isinstance(path[1], int):
            return path
        return (path[0], places[path[1]], *path[2:])


def parse_document(text: str, schema: type[ModelT], *, file: str) -> ModelT:
    """Read YAML `text` into `schema`; `file` is only named in errors.

    Raises `BadInputError` with the file, the line and the field: for text that is not YAML, has duplicate keys or keys
    that are not text, expands beyond `MAX_NODES` (aliases are counted as often as they are used), or does not fit. The
    error has all that does not fit.
    """
    return locate_document(text, schema, file=file).content


def locate_document(
    text: str,
    schema: type[ModelT],
    *,
    file: str,
    check: Callable[[Document[ModelT]], Iterable[BadInputError]] = lambda _: (),
    stand_ins: Mapping[str, object] = NOTHING,
) -> Document[ModelT]:
    """As `parse_document`, and keep the line of every path.

    `check` yields what else is wrong, which pydantic can't see. It also looks at what is left of a text that does not
    fit: the members of its lists and the keys that do, where `stand_ins` are for keys that there must be.
    """
    node = compose_bounded(text, file=file)
    value = construct(node, file=file) if node is not None else None
    if node is None or not isinstance(value, dict):
        raise BadInputError("must be a mapping of keys to values", file=file, line=1)
    lines = line_of_path(node)
    try:
        document = Document(schema.model_validate(value), file, lines)
    except ValidationError as error:
        found = errors_of(error, lines, file=file)
        rest = rest_of(value, error, schema, lines=lines, file=file, stand_ins=stand_ins)
        refuse(found if rest is None else [*found, *check(rest)])
        raise
    refuse(check(document))
    return document


def rest_of(
    value: Mapping[str, object],
    error: ValidationError,
    schema: type[ModelT],
    *,
    lines: Mapping[Path, int],
    file: str,
    stand_ins: Mapping[str, object],
) -> Document[ModelT] | None:
    """What is left of a text without what does not fit; None where too little is."""
    bad = {tuple(one["loc"][:2]) for one in causes_of(error)}
    keys = {str(path[0]) for path in bad if path}
    lists = {key: rows for key in keys if isinstance(rows := value.get(key), list) and all_members(key, bad)}
    places = {key: [i for i in range(len(rows)) if (key, i) not in bad] for key, rows in lists.items()}
    kept = {key: member for key, member in value.items() if key not in keys}
    kept |= {key: [rows[i] for i in places[key]] for key, rows in lists.items()}
    kept |= {key: stand_in for key, stand_in in stand_ins.items() if key in keys}
    try:
        return Document(schema.model_validate(kept), file, lines, frozenset(keys), places)
    except ValidationError:
        return None


def all_members(key: str, bad: Iterable[Path]) -> bool:
    """Whether all that is bad of a list are members of it, and not the list."""
    return all(len(path) == 2 and isinstance(path[1], int) for path in bad if path[:1] == (key,))


def null_keys(document: Document[ModelT], *, except_in: tuple[type[BaseModel], ...] = ()) -> Iterator[BadInputError]:
    """An error for each key of the schema that has no value: a slip of the keys, and not what its absence means.

    Values that may be any JSON are left alone, and so are the models `except_in`, where null has a meaning.
    """

    def check(value: object, path: Path) -> Iterator[BadInputError]:
        if isinstance(value, BaseModel) and not isinstance(value, except_in):
            given = value.model_fields_set  # a set, whose order differs from process to process
            for name, one in type(value).model_fields.items():
                if name not in given:
                    continue
                key = one.alias or name
                if getattr(value, name) is None:
                    yield document.error((*path, key), NULL)
                yield from check(getattr(value, name), (*path, key))
        elif isinstance(value, Mapping):
            for key, member in value.items():
                yield from check(member, (*path, key))
        elif isinstance(value, list | tuple):
            for number, member in enumerate(value):
                yield from check(member, (*path, number))

    yield from check(document.content, ())


def errors_of(error: ValidationError, lines: Mapping[Path, int], *, file: str) -> list[BadInputError]:
    """Pydantic's errors, each as one line with the file, the line, the dotted field and the value.

    One of each place: of a value that may be one thing or another, pydantic has an error for each of them.
    """
    found: dict[tuple[str | None, int | None], BadInputError] = {}
    for details in causes_of(error):
        one = error_of(details, lines, file=file)
        found.setdefault((one.field, one.line), one)
    return list(found.values())


def causes_of(error: ValidationError) -> list[ErrorDetails]:
    """Pydantic's errors without those that only follow from others."""
    return [one for one in error.errors(include_url=False) if not is_consequence(one)]


def error_of(details: ErrorDetails, lines: Mapping[Path, int], *, file: str) -> BadInputError:
    """One of pydantic's errors in this project's words."""
    path = located(details["loc"], lines)
    line, value = lines.get(path), details["input"]
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
    return BadInputError(sentence_of(details), file=file, line=line, field=dotted(path), value=shown)


def is_consequence(details: ErrorDetails) -> bool:
    """Whether a list is called too short only because pydantic has left out its bad members."""
    is_short = details["type"] == "too_short" and isinstance(details["input"], list)
    return is_short and len(details["input"]) >= details["ctx"]["min_length"]


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
        return NULL
    message = str(details["msg"]).removeprefix("Value error, ")
    message = SENTENCES.get(details["type"], message[:1].lower() + message[1:])
    return message.replace("input should", "must").replace("string should", "must")
