"""`docs/commands.md`: every command with its arguments and options, from the Typer application."""

from __future__ import annotations

import inspect
import types
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Literal, Union, get_args, get_origin

import typer
from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption

from docs.generate.markdown import code, fence, page, sentence, table

PROGRAM = "pointsman"
INTRODUCTION = """\
Exit codes: 0 done, 1 the work failed, 2 bad input or configuration (one line on standard error says what), 130
ended by SIGINT (Ctrl-C), 143 by SIGTERM. Every command takes `--help`."""
WORDS = {str: "TEXT", int: "NUMBER", float: "NUMBER", bool: "", Path: "PATH", Decimal: "NUMBER"}


def describe_commands(app: typer.Typer) -> str:
    """The whole page."""
    group = typer.main.get_command(app)
    parts = [describe_command(name, command) for name, command in walk(group, PROGRAM)]
    return page("Commands", INTRODUCTION, *parts)


def walk(group: object, name: str) -> Iterator[tuple[str, TyperCommand]]:
    """The commands below a group, in the order in which they were added, with their full names."""
    for part, command in getattr(group, "commands", {}).items():
        if isinstance(command, TyperGroup):
            yield from walk(command, f"{name} {part}")
        else:
            yield f"{name} {part}", command


def describe_command(name: str, command: TyperCommand) -> str:
    """One command: how it is called, what it does, what it takes."""
    arguments = [p for p in command.params if isinstance(p, TyperArgument) and not p.hidden]
    options = [p for p in command.params if isinstance(p, TyperOption) and not p.hidden]
    usage = " ".join([name, *(usage_of(argument) for argument in arguments), *required_options(options), "[OPTIONS]"])
    rows = [(code(label_of(argument)), argument.help or "", default_of(argument)) for argument in arguments]
    rows += [(code(option_text(option)), help_of(option), default_of(option)) for option in options]
    does = sentence(inspect.cleandoc(command.help or ""))
    takes = [table(("argument or option", "meaning", "default"), rows)] if rows else []
    return "\n\n".join([f"## {name}", does, fence(usage), *takes])


def label_of(argument: TyperArgument) -> str:
    """An argument's name as the usage line has it."""
    return argument.metavar or str(argument.name).upper()


def usage_of(argument: TyperArgument) -> str:
    """An argument in the usage line: in brackets where it may be left out."""
    label = label_of(argument)
    return label if argument.required else f"[{label}]"


def required_options(options: list[TyperOption]) -> list[str]:
    """The options that must be given, as the usage line has them."""
    return [f"{option.opts[0]} {word_of(option)}" for option in options if option.required]


def option_text(option: TyperOption) -> str:
    """An option with its short forms and the kind of its value."""
    names = ", ".join([*option.opts, *option.secondary_opts])
    word = "" if option.is_flag else word_of(option)
    return f"{names} {word}".strip()


def word_of(option: TyperOption) -> str:
    """What kind of value an option takes."""
    annotation = option.type_descriptor.annotation
    choices = "|".join(str(choice) for choice in get_args(annotation)) if get_origin(annotation) == Literal else ""
    return option.metavar or choices or WORDS.get(plain_type(annotation), "TEXT")


def plain_type(annotation: object) -> type:
    """The type of one value: what is in an optional or a list."""
    if isinstance(annotation, types.UnionType) or get_origin(annotation) in (Union, list, tuple):
        return plain_type(next(member for member in get_args(annotation) if member is not type(None)))
    return annotation if isinstance(annotation, type) else str


def help_of(option: TyperOption) -> str:
    """An option's help, with its bounds."""
    bounds = [f"at least {option.min}"] if option.min is not None else []
    bounds += [f"at most {option.max}"] if option.max is not None else []
    repeated = ["may be repeated"] if option.multiple and "repeated" not in (option.help or "") else []
    notes = "; ".join([*bounds, *repeated])
    return f"{option.help or ''} ({notes})" if notes else option.help or ""


def default_of(parameter: TyperArgument | TyperOption) -> str:
    """A default as the user would write it."""
    if parameter.required:
        return "required"
    default = parameter.default
    return "" if default is None or default is False or default in ("", (), []) else code(str(default))
