"""The corpus `python_stdlib`: the docstrings of the running interpreter's standard library.

One passage per module, function, class, method or property; the title is the qualified name with its signature, so
that default values can be found, and the source is the qualified name.
"""

from __future__ import annotations

import importlib
import inspect
import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from types import ModuleType

from policies.errors import WorkFailedError
from tasks.retrieval.stdlib_modules import MODULES

ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")
SAYS_NOTHING = re.compile(r"(Initialize self\.|An enumeration\.|Alias for field number|Deprecated AST node|\w{0,12}$)")
SAME_HOME = {"os": ("posix", "nt")}
LONGEST_SIGNATURE = 400  # some of unittest.mock and subprocess fill a page


@dataclass(frozen=True, slots=True)
class Entry:
    """One documented object: qualified name, signature ("" where it has none) and its cleaned docstring."""

    name: str
    signature: str
    text: str


def list_entries(modules: tuple[str, ...] = MODULES) -> list[Entry]:
    """Every documented public object of `modules`, in their order, then by name; an object is listed once.

    Raises `WorkFailedError` where the interpreter has thrown its docstrings away (`-OO`).
    """
    if sys.flags.optimize >= 2:
        raise WorkFailedError("python_stdlib needs docstrings, and this interpreter runs without them (-OO)")
    imported = {name: importlib.import_module(name) for name in modules}
    offered = frozenset(cls for module in imported.values() for cls in offered_classes(module))
    seen: set[int] = set()
    entries: dict[str, Entry] = {}
    for name, module in imported.items():
        for entry in module_entries(module, name, seen=seen, offered=offered):
            entries.setdefault(entry.name, entry)
    return list(entries.values())


def print_entries() -> None:
    """Print each entry as one line of JSON, in ASCII, for `stdlib_process`."""
    for entry in list_entries():
        print(json.dumps([entry.name, entry.signature, entry.text]))


def offered_classes(module: ModuleType) -> Iterator[type]:
    """The public classes that a module offers."""
    for name in public_names(module):
        member = getattr(module, name, None)
        if inspect.isclass(member) and belongs_to(member, name, module):
            yield member


def module_entries(module: ModuleType, name: str, *, seen: set[int], offered: frozenset[type]) -> Iterator[Entry]:
    """Its own docstring, then its public functions and classes; `seen` holds the ids that were listed before."""
    if name != "builtins" and module.__doc__:
        yield Entry(name, "", inspect.cleandoc(module.__doc__))
    prefix = "" if name == "builtins" else f"{name}."
    for member_name in public_names(module):
        member = getattr(module, member_name, None)
        target = getattr(member, "__func__", member)
        if id(target) in seen or not (inspect.isclass(member) or inspect.isroutine(member)):
            continue
        if not belongs_to(member, member_name, module):
            continue
        seen.add(id(target))
        yield from object_entries(member, f"{prefix}{member_name}", seen=seen, offered=offered)


def public_names(module: ModuleType) -> list[str]:
    """The names in `__all__`, else those without an underscore, functions before classes, aliases last.

    An object is listed once, so that `random.choice` hides the method that it is bound to, and `OSError` its old names.
    """
    named = {name for name in [*getattr(module, "__all__", []), *vars(module)] if not name.startswith("_")}
    members = {name: getattr(module, name, None) for name in named}
    is_alias = {name: getattr(member, "__name__", name) != name for name, member in members.items()}
    return sorted(named, key=lambda name: (inspect.isclass(members[name]), is_alias[name], name))


def belongs_to(member: object, name: str, module: ModuleType) -> bool:
    """Whether the module itself offers the object, rather than only having imported it.

    That is: it lists the name in `__all__`. Having none, or for a C function (`hashlib.scrypt` is not listed), the
    object says that it was made in this module or in its accelerator, such as `_hashlib`.
    """
    listed = getattr(module, "__all__", None)
    if listed is not None and not inspect.isbuiltin(member):
        return name in listed
    home = str(getattr(member, "__module__", None)).lstrip("_")
    return name in (listed or ()) or home in (module.__name__, *SAME_HOME.get(module.__name__, ()))


def object_entries(member: object, name: str, *, seen: set[int], offered: frozenset[type]) -> Iterator[Entry]:
    """The entry of a function or class, and those of a class's public methods and properties."""
    text = own_text(member)
    if inspect.isclass(member):
        text = text or own_text(vars(member).get("__init__"))
    if text:
        yield Entry(name, signature_of(member), text)
    if inspect.isclass(member):
        for attribute, value in sorted(attributes_of(member, offered).items()):
            function = value.__func__ if isinstance(value, classmethod | staticmethod) else value
            is_documented = inspect.isroutine(function) or inspect.isdatadescriptor(function)
            if attribute.startswith("_") or not is_documented or id(function) in seen:
                continue
            text = own_text(function)
            if text and not is_inherited(member, attribute, text, offered=offered):
                yield Entry(f"{name}.{attribute}", signature_of(function), text)


def attributes_of(owner: type, offered: frozenset[type]) -> dict[str, object]:
    """What a class defines, with what its hidden bases define: nobody knows it by their names.

    Left out is what a base on offer has from a hidden one, since it is listed there.
    """
    above = [base for base in owner.__mro__[1:] if base in offered]
    own = [owner, *(base for base in owner.__mro__[1:] if is_hidden(base, offered))]
    classes = [cls for cls in own if not any(cls in base.__mro__ for base in above)]
    return {name: value for cls in reversed(classes) for name, value in vars(cls).items()}


def is_hidden(base: type, offered: frozenset[type]) -> bool:
    """Whether a class lies in a private part of a package and is not on offer, as Python 3.13's `pathlib._abc`."""
    return base not in offered and any(part.startswith("_") for part in base.__module__.split(".")[1:])


def own_text(member: object) -> str:
    """The object's own docstring, cleaned; "" where there is none or it says nothing."""
    text = getattr(member, "__doc__", None)
    if not isinstance(text, str) or SAYS_NOTHING.match(text):
        return ""
    return inspect.cleandoc(text)


def is_inherited(owner: type, attribute: str, text: str, *, offered: frozenset[type]) -> bool:
    """Whether a public base class documents the attribute in the same words, so that listing it again adds noise."""
    bases = [base for base in owner.__mro__[1:] if not (base.__name__.startswith("_") or is_hidden(base, offered))]
    return any(own_text(attributes_of(base, offered).get(attribute)) == text for base in bases)


def signature_of(member: object) -> str:
    """The signature without memory addresses, this machine's paths and `self`; "" where Python can't tell it."""
    if not callable(member):
        return ""
    try:
        signature = str(inspect.signature(member)).replace(repr(sys.executable), "sys.executable")
    except (ValueError, TypeError):
        return ""
    signature = re.sub(r"^\((self|cls|/)(, )?(/(, )?)?", "(", ADDRESS.sub("", signature))
    return signature if len(signature) <= LONGEST_SIGNATURE else signature[: LONGEST_SIGNATURE - 1] + "…"
