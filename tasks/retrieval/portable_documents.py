"""The text of PDF files, page by page."""

from __future__ import annotations

import io
import logging

from pypdf import PdfReader
from pypdf.errors import DependencyError, PyPdfError

from policies.errors import BadInputError

MAX_PAGES = 20_000
# What pypdf lets through on damaged files beside its own errors.
BROKEN = (
    PyPdfError, DependencyError, ValueError, KeyError, TypeError, IndexError, AttributeError, OSError, RecursionError,
    AssertionError, OverflowError, MemoryError, NotImplementedError, ZeroDivisionError,
)  # fmt: skip


def extract_pages(raw: bytes, file: str) -> list[tuple[str, str]]:
    """Pairs of `file, page N` and text; `BadInputError` for encrypted and broken files and those without any text."""
    logging.getLogger("pypdf").setLevel(logging.ERROR)  # it remarks on every oddity that it can read past
    try:
        reader = PdfReader(io.BytesIO(raw), strict=False)
        if reader.is_encrypted and not reader.decrypt(""):
            raise BadInputError("is an encrypted PDF", file=file)
        if len(reader.pages) > MAX_PAGES:
            raise BadInputError(f"has more than {MAX_PAGES} pages", file=file, value=len(reader.pages))
        texts = [page.extract_text() for page in reader.pages]
    except BROKEN as error:
        raise BadInputError(f"is not a PDF that can be read: {type(error).__name__}", file=file) from error
    if not any(text.strip() for text in texts):
        raise BadInputError("is a PDF without text (scanned pages?)", file=file)
    return [
        (f"{file}, page {number}", text.encode("utf-8", "replace").decode().replace("\x00", ""))
        for number, text in enumerate(texts, start=1)
    ]
