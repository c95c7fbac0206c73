"""Rendering: a template and a context in, one text out, within limits."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic

from jinja2 import TemplateError

from tasks.jobs.allowance import MAX_SECONDS, Allowance
from tasks.jobs.blanks import is_blank
from tasks.jobs.context import Context, RenderError, plain
from tasks.jobs.sandbox import ALLOWANCE
from tasks.jobs.templates import compile_template


def render_shown(template: str, context: Context, *, what: str) -> str:
    """As `render`; raises `RenderError` also where nothing but blanks comes of it: `what` is how the error calls it."""
    text = render(template, context)
    if is_blank(text):
        raise RenderError(f"the {what} renders to nothing but blanks, so nothing was sent")
    return text


def render(template: str, context: Context, *, clock: Callable[[], float] = monotonic) -> str:
    """Render `template` over the item and the outputs of the steps before; templates are compiled once per process.

    Raises `RenderError` for a name that the item lacks, a value of the wrong kind, and at the limits of
    `Allowance`; raises `BadInputError` for a template that `read_job` would have refused.
    """
    compiled = compile_template(template)
    allowance = Allowance(clock() + MAX_SECONDS, clock)
    pieces = []
    try:
        # only what is named is converted: a step's hundred passages cost nothing where they are not used
        steps = {name: plain(value) for name, value in context.steps.items() if name in compiled.steps}
        variables = {"item": plain(context.item), "steps": steps, ALLOWANCE: allowance}
        for piece in compiled.template.generate(variables):
            allowance.add_characters(len(piece))
            pieces.append(piece)
    except TemplateError as error:
        raise RenderError(f"the template can't be rendered: {error.message}") from error
    except (TypeError, ValueError, LookupError, AttributeError, ArithmeticError, RecursionError) as error:
        raise RenderError(f"the template can't be rendered: {error}") from error
    return "".join(pieces)
