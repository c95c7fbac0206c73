"""The plot on a page that needs no other file, with the figures below it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from tasks.evaluation.sheets import Sheet

TEMPLATE = Path(__file__).with_name("page.html.j2")


def make_page(name: str, *, caption: str, svg: bytes, sheets: Sequence[Sheet]) -> bytes:
    """The page as UTF-8; texts are escaped, and the SVG is taken as it is."""
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    drawing = svg.decode("utf-8")
    inline = Markup(drawing[drawing.index("<svg") :])  # noqa: S704  # Matplotlib's, which escapes its texts
    template = environment.from_string(TEMPLATE.read_text("utf-8"))
    return (template.render(name=name, caption=caption, svg=inline, sheets=sheets) + "\n").encode()
