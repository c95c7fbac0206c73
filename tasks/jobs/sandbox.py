"""The Jinja environment of prompts: data only, no Python attributes, no calls, every operator and loop bounded."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import wraps

from jinja2 import StrictUndefined, Undefined, pass_context
from jinja2.runtime import Context as JinjaContext
from jinja2.runtime import LoopContext
from jinja2.sandbox import ImmutableSandboxedEnvironment

from tasks.jobs.allowance import Allowance, check_length
from tasks.jobs.context import RenderError
from tasks.jobs.filters import FILTERS, Filter

ALLOWANCE = "_allowance"  # its name in Jinja's context; templates can't use names that begin with an underscore
COUNTED = "_counted"  # the filter that is put around whatever a template loops over
LOOP_FIELDS = frozenset({"index", "index0", "revindex", "revindex0", "first", "last", "length", "previtem", "nextitem"})
TESTS = frozenset(
    {"defined", "undefined", "none", "string", "number", "mapping", "sequence", "boolean", "true", "false"}
)
MAX_NUMBER = 10**15


class PromptEnvironment(ImmutableSandboxedEnvironment):
    """Jinja's immutable sandbox, narrowed: a name after a dot is only ever a key of a mapping."""

    intercepted_binops = frozenset({"+", "-", "*", "/", "//", "%", "**"})

    def __init__(self) -> None:
        super().__init__(
            undefined=StrictUndefined,
            autoescape=False,
            keep_trailing_newline=True,
            trim_blocks=False,
            optimized=False,  # nothing is computed when a template is read
            finalize=finalize,
        )
        self.globals.clear()
        self.tests = {name: self.tests[name] for name in sorted(TESTS)}
        self.filters.clear()
        self.filters.update({name: guarded(function) for name, function in FILTERS.items()})
        self.filters[COUNTED] = counted

    def getattr(self, obj: object, attribute: str) -> object:
        if isinstance(obj, LoopContext) and attribute in LOOP_FIELDS:
            return getattr(obj, attribute)
        return self.getitem(obj, attribute)

    def getitem(self, obj: object, argument: object) -> object:
        if isinstance(obj, Undefined):
            str(obj)  # raises the error that names what is missing
        if isinstance(obj, Mapping) and isinstance(argument, str) and argument in obj:
            return obj[argument]
        if isinstance(obj, Sequence) and isinstance(argument, int) and -len(obj) <= argument < len(obj):
            return obj[argument]
        there = f"there are: {', '.join(map(str, list(obj)[:10]))}" if isinstance(obj, Mapping) else "it has no fields"
        return self.undefined(hint=f"there is no {argument!r} ({there})")

    def call_binop(self, context: JinjaContext, operator: str, left: object, right: object) -> object:
        for operand in (left, right):
            if isinstance(operand, Undefined):
                str(operand)
            if not isinstance(operand, int | float) or abs(operand) > MAX_NUMBER:
                raise RenderError(f"operator {operator} works on numbers up to 10^15 only")
        return super().call_binop(context, operator, left, right)

    def call(self, *_: object) -> object:
        raise RenderError("templates can't call anything")


@pass_context
def counted(context: JinjaContext, values: object) -> Iterator[object]:
    """Loop over `values` within the rendering's allowance."""
    if not isinstance(values, Iterable):
        raise RenderError("a loop runs over something that is not a list")
    return allowance_of(context).count_rounds(values)


def guarded(function: Filter) -> Filter:
    """`function` with the clock looked at before, and its text's length after."""

    # Jinja hands a filter whatever arguments the template wrote
    @pass_context
    @wraps(function)
    def bounded(context: JinjaContext, *arguments: object, **named: object) -> object:
        allowance_of(context).check_time()
        value = function(*arguments, **named)
        if isinstance(value, str):
            check_length(len(value))
        return value

    return bounded


def allowance_of(context: JinjaContext) -> Allowance:
    """The running rendering's allowance."""
    allowance = context[ALLOWANCE]
    assert isinstance(allowance, Allowance)  # noqa: S101 - narrows the type; the renderer alone sets it
    return allowance


def finalize(value: object) -> object:
    """How a value is written: texts and numbers as they are, everything else as JSON; null is an error."""
    if isinstance(value, str | Undefined) or (isinstance(value, int | float) and not isinstance(value, bool)):
        return value
    if value is None:
        raise RenderError("a value is null: write {{ … | default('') }} where it may be")
    if isinstance(value, bool | Mapping | list | tuple):
        return json.dumps(value, ensure_ascii=False)
    raise RenderError("a value is neither text, number, list nor mapping")


ENVIRONMENT = PromptEnvironment()
