"""YAML text read into pydantic models, with every error placed at its file and line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from policies.errors import BadInputError
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
    if node is None or not isinstance(value, dict):
        raise BadInputError("must be a mapping of keys to values", file=file, line=1)
    lines = line_of_path(node)
    try:
        return Document(schema.model_validate(value), file, lines)
    except ValidationError as error:
        raise first_error(error, lines, file=file) from error


def refuse_null(document: Document[ModelT], *, except_in: tuple[type[BaseModel], ...] = ()) -> None:
    """Raise at the first key of the schema that has no value: a slip of the keys, and not what its absence means.

    Values that may be any JSON are left alone, and so are the models `except_in`, where null has a meaning.
    """

    def check(value: object, path: Path) -> None:
        if isinstance(value, BaseModel) and not isinstance(value, except_in):
            given = value.model_fields_set  # a set, whose order differs from process to process
            for name, field in type(value).model_fields.items():
                if name not in given:
                    continue
                key = field.alias or name
                if getattr(value, name) is None:
                    raise document.error((*path, key), NULL)
                check(getattr(value, name), (*path, key))
        elif isinstance(value, Mapping):
            for key, member in value.items():
                check(member, (*path, key))
        elif isinstance(value, list | tuple):
            for number, member in enumerate(value):
                check(member, (*path, number))

    check(document.content, ())


def first_error(error: ValidationError, lines: Mapping[Path, int], *, file: str) -> BadInputError:
    """The first of pydantic's errors as one line with the file, the line, the dotted field and the value."""
    found = [one for one in error.errors(include_url=False) if not is_consequence(one)]
    details = found[0]
    path = located(details["loc"], lines)
    line, value = lines.get(path), details["input"]
    sentence = sentence_of(details)
    if len(found) > 1:
        sentence += f"; {len(found) - 1} more"
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
