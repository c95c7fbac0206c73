"""The images of a step's prompt: found by its templates and references, read from the folders that are allowed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from policies.errors import BadInputError
from tasks.jobs.blanks import is_blank
from tasks.jobs.context import REFERENCE, Context, RenderError, resolve
from tasks.jobs.paths import resolve_inside
from tasks.jobs.prompts import render
from tasks.jobs.templates import compile_template
from tasks.models.client import Image
from tasks.models.images import DATA, HTTPS, MAX_BYTES, decode_data_uri, describe_address, describe_image

MAX_IMAGES = 20
SHOWN = 80  # characters of a source in an error: a data URI has millions
IS_REFERENCE = re.compile(REFERENCE)


@dataclass(frozen=True, slots=True)
class ImageReader:
    """Reads images from files below `roots`, relative ones from `base`, from data URIs, and knows https addresses."""

    base: Path = Path()
    roots: tuple[Path, ...] = ()

    def read(self, source: str) -> Image:
        """What there is at a source; raises `RenderError` that says what is wrong with it."""
        try:
            return self.find(source.strip())
        except (BadInputError, ValueError) as error:
            problem = error.problem if isinstance(error, BadInputError) else str(error)
            shown = source if len(source) <= SHOWN else f"{source[:SHOWN]}…"
            raise RenderError(f"the image {shown!r} {problem}") from error

    def find(self, source: str) -> Image:
        """What there is at a source; raises `BadInputError` or `ValueError`."""
        scheme = source[:8].lower()
        if scheme.startswith(DATA):
            return describe_image(DATA + source[len(DATA) :], decode_data_uri(source))
        if scheme == HTTPS:
            return describe_address(HTTPS + source[len(HTTPS) :])
        if "://" in source:
            raise ValueError("must be a path, an https address or a data URI")
        path = resolve_inside(source, self.roots, base=self.base)
        if not path.is_file():
            raise ValueError("is a folder")
        try:
            with path.open("rb") as file:
                data = file.read(MAX_BYTES + 1)
        except OSError as error:
            raise ValueError(f"can't be read: {error.strerror}") from error
        if len(data) > MAX_BYTES:
            raise ValueError(f"has more than the {MAX_BYTES} bytes that an image may have")
        return describe_image(str(path), data)


NO_FILES = ImageReader()


def is_reference(entry: str) -> bool:
    """Whether an entry of `images` is a reference, such as `item.photo`, and no template."""
    return IS_REFERENCE.fullmatch(entry) is not None


def is_optional(entry: str) -> bool:
    """Whether an entry of `images` may give an item no image: a reference may, and a template that may be blank."""
    return is_reference(entry) or not compile_template(entry).is_never_blank


def render_images(entries: Sequence[str], context: Context, reader: ImageReader) -> tuple[Image, ...]:
    """The images of a call, in order; entries that render to blanks, and fields that an item lacks, give none.

    Raises `RenderError` for an image that can't be sent, and for more than `MAX_IMAGES`.
    """
    sources = [source for entry in entries for source in sources_of(entry, context)]
    if len(sources) > MAX_IMAGES:
        raise RenderError(f"the prompt has {len(sources)} images; it may have {MAX_IMAGES}")
    return tuple(reader.read(source) for source in sources)


def sources_of(entry: str, context: Context) -> Iterator[str]:
    """Where the images of one entry are."""
    if not is_reference(entry):
        source = render(entry, context)
        if not is_blank(source):
            yield source
        return
    for value in values_of(entry, context):
        if not isinstance(value, str):
            raise RenderError(f"{entry} must be a text, or a list of texts, that say where images are")
        if not is_blank(value):
            yield value


def values_of(reference: str, context: Context) -> Sequence[object]:
    """What a reference points at, as a list; empty for null and for a field that the item lacks."""
    root, name, *_ = reference.split(".")
    if root == "item" and name not in context.item:
        return ()
    value = resolve(reference, context)
    if value is None:
        return ()
    return value if isinstance(value, Sequence) and not isinstance(value, str | bytes) else (value,)
