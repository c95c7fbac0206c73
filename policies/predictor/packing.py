"""A fitted predictor as bytes and back: arrays and words in a zip of `.npy` files, with the rest as JSON; no pickle.

Equal predictors give equal bytes, so that the hash of the bytes is the predictor's name.
"""

from __future__ import annotations

import hashlib
import io
import json
import types
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from functools import cache
from typing import Any, TypeAlias, Union, get_args, get_origin, get_type_hints

import numpy as np

from policies.errors import BadInputError
from policies.predictor.predictor import Predictor

FORMAT = 1  # of the file; what a predictor consists of is `shape_of`
SHAPE, TREE = "shape", "predictor.json"
EPOCH = (1980, 1, 1, 0, 0, 0)  # zip's earliest date, so that bytes don't hang on the time
KINDS = "fiub"  # of arrays: numbers and flags, which can't hold an object

Node: TypeAlias = "bool | int | float | str | Sequence[Node] | Mapping[str, Node] | None"
Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]


def predictor_name(content: bytes) -> str:
    """The name of a packed predictor: `p-` and the first 16 hex digits of its SHA-256."""
    return "p-" + hashlib.sha256(content).hexdigest()[:16]


def pack_predictor(predictor: Predictor) -> bytes:
    """The predictor as bytes; equal ones are equal to the last bit."""
    arrays: list[Array] = []
    tree = {"format": FORMAT, SHAPE: shape_of(Predictor), "predictor": taken_apart(predictor, arrays)}
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr(zipfile.ZipInfo(TREE, EPOCH), json.dumps(tree, separators=(",", ":")))
        for number, array in enumerate(arrays):
            content = io.BytesIO()
            np.lib.format.write_array(content, array, version=(1, 0), allow_pickle=False)
            archive.writestr(zipfile.ZipInfo(member(number), EPOCH), content.getvalue())
    return packed.getvalue()


def unpack_predictor(content: bytes) -> Predictor:
    """What `pack_predictor` packed; `BadInputError` where it is damaged, or of another version of Pointsman."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            tree = json.loads(archive.read(TREE))
            if tree["format"] != FORMAT or tree[SHAPE] != shape_of(Predictor):
                raise BadInputError("is a predictor of another version of Pointsman")
            built = put_together(Predictor, tree["predictor"], Shelf(archive))
    except (zipfile.BadZipFile, EOFError, KeyError, TypeError, ValueError, NotImplementedError) as error:
        raise BadInputError(f"is no predictor, or damaged: {error}") from error
    if not isinstance(built, Predictor):
        raise BadInputError("is no predictor, or damaged")
    return built


@dataclass(frozen=True, slots=True)
class Shelf:
    """The arrays of a file."""

    archive: zipfile.ZipFile

    def array(self, number: int) -> Array:
        """One array; ValueError for one that is no numbers."""
        content = io.BytesIO(self.archive.read(member(number)))
        array: Array = np.lib.format.read_array(content, allow_pickle=False)
        if array.dtype.kind not in KINDS:
            raise ValueError(f"an array of {array.dtype}")
        return array


def member(number: int) -> str:
    """The name of an array's file."""
    return f"{number:03d}.npy"


def taken_apart(value: object, arrays: list[Array]) -> Node:
    """A value as JSON, in which arrays stand as their numbers; TypeError for what can't be kept."""
    match value:
        case None | bool() | int() | str():
            return value
        case np.floating() | float():
            return {"float": float(value).hex()}  # infinity and the last bit included
        case np.ndarray() if value.dtype.kind in KINDS:
            arrays.append(np.ascontiguousarray(value))
            return {"array": len(arrays) - 1}
        case tuple():
            return [taken_apart(one, arrays) for one in value]
    if is_dataclass(value):
        return {field.name: taken_apart(getattr(value, field.name), arrays) for field in fields(value)}
    raise TypeError(f"a predictor can't be kept with a {type(value).__name__}")


def put_together(hint: Any, node: Any, shelf: Shelf) -> object:
    """A value of a type from its JSON; TypeError where it is none."""
    hint = chosen(hint, is_none=node is None)
    if is_dataclass(hint) and isinstance(hint, type):
        parts = {name: put_together(one, node[name], shelf) for name, one in hints_of(hint).items()}
        return hint(**parts)
    if get_origin(hint) is tuple:
        item, *_ = get_args(hint)
        return tuple(put_together(item, one, shelf) for one in node)
    if is_array(hint):
        return shelf.array(node["array"])
    if hint is float:
        return float.fromhex(node["float"])
    if not isinstance(node, hint):
        raise TypeError(f"{node!r} is no {hint.__name__}")
    return node


def chosen(hint: Any, *, is_none: bool) -> Any:
    """The type of a value where it may be None."""
    if get_origin(hint) not in (Union, types.UnionType):
        return hint
    return next(one for one in get_args(hint) if (one is types.NoneType) == is_none)


def is_array(hint: Any) -> bool:
    """Whether a type is numpy's array."""
    return get_origin(hint) is np.ndarray


@cache
def hints_of(kind: type) -> Mapping[str, Any]:
    """The fields of a dataclass with their types, in order."""
    hints = get_type_hints(kind)
    return {field.name: hints[field.name] for field in fields(kind)}


def shape_of(hint: Any) -> str:
    """All names and types that a predictor consists of: one of another version of the code differs in it."""
    if is_dataclass(hint) and isinstance(hint, type):
        parts = ",".join(f"{name}:{shape_of(one)}" for name, one in hints_of(hint).items())
        return f"{hint.__name__}({parts})"
    if is_array(hint):
        return "array"
    if get_args(hint):
        return f"{'|' if get_origin(hint) is not tuple else 'tuple'}[{','.join(map(shape_of, get_args(hint)))}]"
    return str(getattr(hint, "__name__", hint))
