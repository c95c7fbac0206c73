"""Documents as titled sections, and which reader takes which kind of file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from policies.errors import BadInputError
from tasks.retrieval.headings import split_sections


@dataclass(frozen=True, slots=True)
class Section:
    """One stretch of a document under one heading path, such as `Guide > Setup > On Linux`."""

    title: str
    text: str


Reader: TypeAlias = Callable[[bytes, str], list[Section]]


def decode_text(raw: bytes, file: str) -> str:
    """UTF-8 text, without its byte order mark and with `\\n` line ends; `BadInputError` for anything else."""
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise BadInputError("is not UTF-8 text", file=file, line=line, value=raw[error.start : error.end]) from error
    if "\x00" in text:
        raise BadInputError("contains a NUL byte", file=file, line=text[: text.index("\x00")].count("\n") + 1)
    return text.replace("\r\n", "\n").replace("\r", "\n")


def read_plain(raw: bytes, file: str) -> list[Section]:
    """The whole text as one section, named for the file."""
    return [Section(file, decode_text(raw, file))]


def read_markdown(raw: bytes, file: str) -> list[Section]:
    """One section per heading, titled with the path of headings above it."""
    return [Section(title, text) for title, text in split_sections(decode_text(raw, file), file)]


def read_web_page(raw: bytes, file: str) -> list[Section]:
    """The visible text of an HTML page, one section per heading; UTF-8, or what the page says that it is written in."""
    from tasks.retrieval.web_pages import as_utf8, extract_sections  # here: only a folder with HTML pays for the parser

    return [Section(title, text) for title, text in extract_sections(decode_text(as_utf8(raw), file), file)]


def read_portable(raw: bytes, file: str) -> list[Section]:
    """The text of a PDF, one section per page."""
    from tasks.retrieval.portable_documents import extract_pages  # here: only a folder with PDFs pays for the parser

    return [Section(title, text) for title, text in extract_pages(raw, file)]


READERS: Mapping[str, Reader] = {
    ".txt": read_plain,
    ".text": read_plain,
    ".md": read_markdown,
    ".markdown": read_markdown,
    ".html": read_web_page,
    ".htm": read_web_page,
    ".pdf": read_portable,
}
