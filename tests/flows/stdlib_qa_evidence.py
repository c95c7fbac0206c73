"""How the running interpreter is asked for the answer to a question of the demo, and for the words that state it.

A piece of evidence is a check, which asks live objects and returns the answer, and the phrases that the passage of the
source (name, signature, docstring) must hold, so that the question can be answered from the corpus alone.
"""

from __future__ import annotations

import contextlib
import importlib
import inspect
import re
import sys
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

ABSENT = "not in the passages"


class Evidence(NamedTuple):
    """A check that returns the answer, and phrases of the passage (of two passages: one phrase of each)."""

    answer: Callable[[], object]
    phrases: tuple[str, ...] = ()


def resolve(qualified: str) -> Any:
    """The live object of a qualified name; LookupError unless each part is defined by its parent, not inherited."""
    parts = qualified.split(".")
    for cut in range(len(parts) - 1, 0, -1):
        try:
            found: Any = importlib.import_module(".".join(parts[:cut]))
        except ModuleNotFoundError:
            continue
        for part in parts[cut:]:
            if part not in vars(found):
                break
            found = getattr(found, part)
        else:
            return found
    raise LookupError(f"{qualified} cannot be resolved")


def read_passage(qualified: str) -> str:
    """Qualified name, signature (where there is one) and docstring of an object, on one line."""
    found = resolve(qualified)
    try:
        signature = str(inspect.signature(found))
    except (TypeError, ValueError):
        signature = ""
    if not found.__doc__:
        raise LookupError(f"{qualified} has no docstring")
    return " ".join(f"{qualified}{signature} {found.__doc__}".split())


def read_docstrings(module_name: str) -> Iterator[str]:
    """The docstrings and signatures of a module, its functions and classes, and their methods and properties."""
    module = importlib.import_module(module_name)
    yield module.__doc__ or ""
    classes = [(f"{module_name}.{name}", value) for name, value in vars(module).items() if inspect.isclass(value)]
    for prefix, owner in [(module_name, module), *classes]:
        for name, value in vars(owner).items():
            if callable(value) or inspect.isdatadescriptor(value) or isinstance(value, classmethod | staticmethod):
                with contextlib.suppress(LookupError):
                    yield read_passage(f"{prefix}.{name}")


def named(qualified: str, observe: Callable[[Any], bool], *phrases: str) -> Evidence:
    """The named object, provided that it is seen to do what the question asks for."""
    return Evidence(lambda: qualified if observe(resolve(qualified)) else f"{qualified} does something else", phrases)


def find_default(qualified: str, parameter: str) -> Any:
    """The live default value of a parameter."""
    return inspect.signature(resolve(qualified)).parameters[parameter].default


def default(qualified: str, parameter: str, *phrases: str) -> Evidence:
    """The live default of a parameter, which the signature of the passage shows too unless phrases are given."""
    value = find_default(qualified, parameter)
    return Evidence(lambda: value, phrases or (f"{parameter}={value!r}",))


def yes_if(observe: Callable[[], bool], *phrases: str) -> Evidence:
    """Yes or no, as the behaviour is observed."""
    return Evidence(lambda: "yes" if observe() else "no", phrases)


def absent_if(observe: Callable[[], bool]) -> Evidence:
    """Not answerable, provided that what is asked for is absent from the library."""
    return Evidence(lambda: ABSENT if observe() else "it is there")


def third_party(name: str) -> Evidence:
    """Not answerable, because the library that is asked about is not part of the standard library."""
    return absent_if(lambda: name not in sys.stdlib_module_names)


def takes(qualified: str, parameter: str) -> bool:
    """Whether a function has a parameter of that name."""
    return parameter in inspect.signature(resolve(qualified)).parameters


def mentions(module_name: str, pattern: str) -> bool:
    """Whether any docstring of the module matches."""
    return any(re.search(pattern, text, re.IGNORECASE) for text in read_docstrings(module_name))


def fails(error: type[BaseException], call: Callable[..., object], *arguments: object) -> bool:
    """Whether the call raises that error."""
    try:
        call(*arguments)
    except error:
        return True
    return False
