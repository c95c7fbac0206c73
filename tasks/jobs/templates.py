"""Templates read and restricted before anything is rendered: a closed list of Jinja's syntax, and what is named."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from inspect import signature

from jinja2 import Template as JinjaTemplate
from jinja2 import TemplateSyntaxError, nodes
from jinja2.meta import find_undeclared_variables

from policies.errors import BadInputError
from tasks.jobs.filters import FILTERS
from tasks.jobs.sandbox import COUNTED, ENVIRONMENT, TESTS
from tasks.jobs.template_facts import (
    always_shows,
    constant_name,
    fields_of_item,
    is_item,
    names_under,
    shows_nothing,
    static_names,
)

MAX_SOURCE = 20_000
MAX_NESTING = 40
MAX_LOOP_NESTING = 2
RESERVED = frozenset({"item", "steps", "loop"})

STATEMENTS = (nodes.Template, nodes.Output, nodes.TemplateData, nodes.For, nodes.If)
VALUES = (nodes.Const, nodes.Name, nodes.Getattr, nodes.Getitem, nodes.Slice, nodes.List, nodes.Tuple, nodes.Keyword)
CHOICES = (nodes.CondExpr, nodes.Compare, nodes.Operand, nodes.And, nodes.Or, nodes.Not, nodes.Test, nodes.Filter)
ARITHMETIC = (nodes.Add, nodes.Sub, nodes.Mul, nodes.Div, nodes.FloorDiv, nodes.Mod, nodes.Neg, nodes.Pos)
ALLOWED = (*STATEMENTS, *VALUES, *CHOICES, *ARITHMETIC)

NAMES_OF_REFUSED = {
    nodes.Call: "call functions or methods",
    nodes.Pow: "use **",
    nodes.Concat: "use ~: write the values side by side",
    nodes.Assign: "use {% set %}",
    nodes.AssignBlock: "use {% set %}",
    nodes.Macro: "define macros",
    nodes.CallBlock: "use {% call %}",
    nodes.FilterBlock: "use {% filter %}",
    nodes.With: "use {% with %}",
    nodes.Include: "include files",
    nodes.Import: "import files",
    nodes.FromImport: "import files",
    nodes.Extends: "extend files",
    nodes.Block: "use {% block %}",
}


@dataclass(frozen=True, slots=True)
class Compiled:
    """A template ready to render, with the steps and the item's fields that it names.

    `is_blank` says that it renders to nothing but blanks, whatever the item, `is_never_blank` that it never does.
    """

    template: JinjaTemplate
    steps: frozenset[str]
    item_fields: frozenset[str]
    is_blank: bool
    is_never_blank: bool


@lru_cache(maxsize=4096)
def compile_template(source: str) -> Compiled:
    """Read, restrict and compile `source`; raises `BadInputError` without a place, which the caller adds."""
    if len(source) > MAX_SOURCE:
        raise BadInputError(f"the template is longer than {MAX_SOURCE} characters")
    try:
        tree = ENVIRONMENT.parse(source)
        restrict(tree, depth=0, loops=0)
        refuse_unknown_names(tree)
        compiled = Compiled(
            ENVIRONMENT.from_string(counting(tree)),
            steps=names_under(tree, "steps"),
            item_fields=fields_of_item(tree),
            is_blank=shows_nothing(tree),
            is_never_blank=always_shows(tree),
        )
    except TemplateSyntaxError as error:
        raise BadInputError(f"template line {error.lineno}: {error.message}") from error
    except ValueError as error:  # int() of thousands of digits
        raise BadInputError("the template has a number that is too long") from error
    except RecursionError as error:
        raise BadInputError(f"the template is nested deeper than {MAX_NESTING} levels") from error
    return compiled


def restrict(node: nodes.Node, *, depth: int, loops: int) -> None:
    """Refuse whatever is not on the list of allowed syntax, and nesting that is too deep."""
    if not isinstance(node, ALLOWED):
        refused = NAMES_OF_REFUSED.get(type(node), f"use {type(node).__name__}")
        raise refusal(node, f"templates can't {refused}")
    if depth > MAX_NESTING:
        raise refusal(node, f"is nested deeper than {MAX_NESTING} levels")
    if isinstance(node, nodes.For):
        loops += 1
        if loops > MAX_LOOP_NESTING:
            raise refusal(node, f"more than {MAX_LOOP_NESTING} loops in each other")
        if node.recursive:
            raise refusal(node, "templates can't loop recursively")
    restrict_details(node)
    for child in node.iter_child_nodes():
        restrict(child, depth=depth + 1, loops=loops)


def restrict_details(node: nodes.Node) -> None:
    """The rules about single nodes: known filters and tests, no private names, arithmetic on numbers alone."""
    if isinstance(node, nodes.Filter):
        if node.name not in FILTERS:
            raise refusal(node, f"no filter {node.name!r}; there are {', '.join(FILTERS)}")
        if node.dyn_args is not None or node.dyn_kwargs is not None:
            raise refusal(node, "filters can't take * or ** arguments")
        check_arguments(node)
    elif isinstance(node, nodes.Test) and node.name not in TESTS:
        raise refusal(node, f"no test {node.name!r}; there are {', '.join(sorted(TESTS))}")
    elif isinstance(node, nodes.Getattr) and node.attr.startswith("_"):
        raise refusal(node, f"names can't begin with an underscore: {node.attr!r}")
    elif isinstance(node, nodes.Getitem) and (name := constant_name(node)) is not None and name.startswith("_"):
        raise refusal(node, f"names can't begin with an underscore: {name!r}")
    elif isinstance(node, nodes.Name) and (
        node.name.startswith("_") or (node.ctx == "store" and node.name in RESERVED)
    ):
        raise refusal(node, f"a variable can't be called {node.name!r}")
    elif (
        isinstance(node, nodes.Getitem) and isinstance(node.node, nodes.Const) and not isinstance(node.node.value, str)
    ):
        # Python's compiler would warn of it, and a warning may be an error
        raise refusal(node, "a constant has no members")
    elif isinstance(node, nodes.Getitem) and is_item(node.node) and isinstance(node.arg, nodes.Const | nodes.Slice):
        if constant_name(node) is None:
            raise refusal(node, "an item has fields by name: item.FIELD")
    elif isinstance(node, nodes.BinExpr) and not isinstance(node, nodes.And | nodes.Or):
        for operand in (node.left, node.right):
            if isinstance(operand, nodes.Const) and not isinstance(operand.value, int | float):
                raise refusal(node, f"operator {node.operator} works on numbers only")


def check_arguments(node: nodes.Filter) -> None:
    """A filter with the number and the names of arguments that it takes, besides the value that it is applied to."""
    named = {str(keyword.key): keyword.value for keyword in node.kwargs}
    try:
        signature(FILTERS[node.name]).bind(node.node, *node.args, **named)
    except TypeError as error:
        raise refusal(node, f"filter {node.name}: {error}") from error


def refuse_unknown_names(tree: nodes.Template) -> None:
    """Only `item` and `steps` are there, and `steps` only with the name of a step."""
    unknown = sorted(find_undeclared_variables(tree) - {"item", "steps"})
    if any(name.name == "self" for name in tree.find_all(nodes.Name)):
        unknown = ["self"]  # Jinja's own word for the template, so it does not count as undeclared
    if unknown:
        raise BadInputError(f"the template uses {unknown[0]!r}; there are only item and steps")
    uses = [name for name in tree.find_all(nodes.Name) if name.name == "steps"]
    if len(uses) != len(list(static_names(tree, "steps"))):
        raise BadInputError("the template must name a step after 'steps', as in steps.NAME")


def counting(tree: nodes.Template) -> nodes.Template:
    """The tree with every loop's list handed through the counting filter, which an empty loop can't avoid."""
    for loop in tree.find_all(nodes.For):
        loop.iter = nodes.Filter(loop.iter, COUNTED, [], [], None, None, lineno=loop.lineno)
    tree.set_environment(ENVIRONMENT)
    return tree


def refusal(node: nodes.Node, problem: str) -> BadInputError:
    """An error that names the line inside the template."""
    return BadInputError(f"template line {node.lineno}: {problem}")
