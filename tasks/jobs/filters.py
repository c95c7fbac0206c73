"""The filters that templates may use: a closed list, each bounded in what it can build."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence

from jinja2 import StrictUndefined, Undefined

from tasks.jobs.allowance import check_length
from tasks.jobs.context import RenderError, plain

# values come from Jinja, positional or by name: nothing is known of their types before the functions look
Filter = Callable[..., object]


def text_of(value: object) -> str:
    """`value` as the text that it is; numbers are written out, an undefined value raises Jinja's own error."""
    if isinstance(value, str):
        return value
    if isinstance(value, Undefined) or (isinstance(value, int | float) and not isinstance(value, bool)):
        return str(value)
    raise RenderError(f"a filter for texts got a {kind_of(value)}")


def kind_of(value: object) -> str:
    """What a JSON value is called in an error."""
    names = {"NoneType": "null", "bool": "boolean", "dict": "mapping", "str": "text"}
    return names.get(type(value).__name__, type(value).__name__)


def members_of(value: object) -> Sequence[object]:
    """`value` as a list; a text is not one here."""
    if isinstance(value, Undefined):
        str(value)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return value
    raise RenderError(f"a filter for lists got a {kind_of(value)}")


def trim(value: object) -> str:
    return text_of(value).strip()


def upper(value: object) -> str:
    return text_of(value).upper()


def lower(value: object) -> str:
    return text_of(value).lower()


def capitalize(value: object) -> str:
    return text_of(value).capitalize()


def length(value: object) -> int:
    return len(value) if isinstance(value, Mapping) else len(value if isinstance(value, str) else members_of(value))


def first(value: object) -> object:
    return next(iter(members_of(value)), StrictUndefined(hint="the first of an empty list"))


def last(value: object) -> object:
    return next(reversed(members_of(value)), StrictUndefined(hint="the last of an empty list"))


def default(value: object, replacement: object = "", boolean: bool = False) -> object:
    return replacement if isinstance(value, Undefined) or value is None or (boolean and not value) else value


def join(value: object, separator: str = "", attribute: str | None = None) -> str:
    members = members_of(value)
    check_length(len(members) * len(separator))
    if attribute is not None:
        members = [m.get(attribute, "") if isinstance(m, Mapping) else "" for m in members]
    return separator.join(text_of(member) for member in members)


def replace(value: object, old: str, new: str) -> str:
    text = text_of(value)
    check_length(len(text) + text.count(old) * len(new))
    return text.replace(old, new)


def truncate(value: object, n: int = 255, end: str = "…") -> str:
    text = text_of(value)
    return text if len(text) <= n else text[: max(n - len(end), 0)] + end


def tojson(value: object) -> str:
    if isinstance(value, Undefined):
        str(value)
    return json.dumps(plain(value), ensure_ascii=False)


def items(value: object) -> list[tuple[object, object]]:
    if isinstance(value, Mapping):
        return list(value.items())
    raise RenderError(f"a filter for mappings got a {kind_of(value)}")


FILTERS: Mapping[str, Filter] = {
    "trim": trim,
    "upper": upper,
    "lower": lower,
    "capitalize": capitalize,
    "length": length,
    "first": first,
    "last": last,
    "default": default,
    "join": join,
    "replace": replace,
    "truncate": truncate,
    "tojson": tojson,
    "items": items,
}
