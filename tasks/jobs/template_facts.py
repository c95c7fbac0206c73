"""What a template's syntax tree tells: the steps and fields that it names, and whether it can show anything."""

from __future__ import annotations

from collections.abc import Iterator

from jinja2 import nodes

from tasks.jobs.blanks import is_blank


def names_under(tree: nodes.Template, root: str) -> frozenset[str]:
    """The names that follow `root` after a dot or as a constant in brackets."""
    return frozenset(static_names(tree, root))


def static_names(tree: nodes.Template, root: str) -> Iterator[str]:
    """Every use of `root.NAME` or `root["NAME"]`, in no particular order."""
    for dot in tree.find_all(nodes.Getattr):
        if isinstance(dot.node, nodes.Name) and dot.node.name == root:
            yield dot.attr
    for bracket in tree.find_all(nodes.Getitem):
        name = constant_name(bracket)
        if name is not None and isinstance(bracket.node, nodes.Name) and bracket.node.name == root:
            yield name


def is_item(node: nodes.Node) -> bool:
    """Whether it is the item itself."""
    return isinstance(node, nodes.Name) and node.name == "item"


def constant_name(node: nodes.Getitem) -> str | None:
    """What stands in the brackets where it is a constant text."""
    return constant_text(node.arg)


def fields_of_item(tree: nodes.Template) -> frozenset[str]:
    """The item's fields that the template can't do without: those not handed to `default` or asked for by a test."""
    optional = {
        id(node.node) for node in tree.find_all((nodes.Filter, nodes.Test)) if node.name in ("default", "defined")
    }
    uses: list[nodes.Getattr | nodes.Getitem] = [*tree.find_all(nodes.Getattr), *tree.find_all(nodes.Getitem)]
    return frozenset(
        name
        for node in uses
        if is_item(node.node) and id(node) not in optional
        if (name := node.attr if isinstance(node, nodes.Getattr) else constant_name(node)) is not None
    )


def shows_nothing(tree: nodes.Template) -> bool:
    """Whether all that the template can write is constant and blank."""
    written = [part for output in tree.find_all(nodes.Output) for part in output.nodes]
    texts = [part.data if isinstance(part, nodes.TemplateData) else constant_text(part) for part in written]
    return all(text is not None and is_blank(text) for text in texts)


def always_shows(tree: nodes.Template) -> bool:
    """Whether the template writes a text that is not blank whatever the item: outside of every condition and loop."""
    written = [part for output in tree.body if isinstance(output, nodes.Output) for part in output.nodes]
    return any(isinstance(part, nodes.TemplateData) and not is_blank(part.data) for part in written)


def constant_text(node: nodes.Node) -> str | None:
    """A constant text; None for everything that depends on the item, and for numbers."""
    return node.value if isinstance(node, nodes.Const) and isinstance(node.value, str) else None
