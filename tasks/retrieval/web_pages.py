"""The visible text of HTML pages, cut at the headings."""

from __future__ import annotations

import codecs
import re

from bs4 import BeautifulSoup, Tag
from bs4.dammit import EncodingDetector
from bs4.exceptions import ParserRejectedMarkup

from policies.errors import BadInputError
from tasks.retrieval.headings import Heading, group_lines

HIDDEN = ("title", "script", "style", "noscript", "template", "head", "svg")
BLOCKS = re.compile(
    r"(address|article|aside|blockquote|br|dd|div|dl|dt|fieldset|figcaption|figure|footer|form|header|hr|li|main|nav|ol"
    r"|p|pre|section|table|tbody|td|tfoot|th|thead|tr|ul|h[1-6])$"
)
# Before the page, so that Beautiful Soup does not warn of texts that look like a file name, an address or XML.
OPENING = "<html>"
MARK = "\x01"  # opens a line that is a heading; no page has it, as it is taken out first


def as_utf8(raw: bytes) -> bytes:
    """The bytes of a page in UTF-8; as they are where they are UTF-8, or not in the encoding that the page declares.

    A page that says Latin-1 means Windows-1252, as browsers read it (WHATWG Encoding Standard, section 4.2).
    """
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        page, declared = EncodingDetector.strip_byte_order_mark(raw)
        declared = declared or EncodingDetector.find_declared_encoding(page, is_html=True)
        try:
            codec = codecs.lookup(declared or "utf-8").name
            return page.decode("cp1252" if codec in ("iso8859-1", "ascii") else codec).encode()
        except (LookupError, UnicodeError):
            return raw
    return raw


def extract_sections(page: str, file: str) -> list[tuple[str, str]]:
    """Pairs of heading path and visible text; the path starts with the file and the page's own title."""
    try:
        soup = BeautifulSoup(OPENING + page.replace(MARK, ""), "html.parser")
        name = " ".join(soup.title.get_text().split()) if soup.title else ""
        for hidden in soup.find_all(HIDDEN):
            hidden.decompose()
        for block in soup.find_all(BLOCKS):
            mark_block(block)
        text = soup.get_text()
    except (ParserRejectedMarkup, RecursionError) as error:
        raise BadInputError("is not HTML that can be parsed", file=file) from error
    return group_lines(text.split("\n"), heading_of, f"{file} > {name}" if name else file)


def mark_block(block: Tag) -> None:
    """Put a block on lines of its own; a heading becomes one marked line with its level."""
    block.insert_before("\n")
    block.insert_after("\n")
    if block.name[0] == "h" and block.name[1:].isdigit():
        title = " ".join(block.get_text().split())
        block.string = f"{MARK}{block.name[1]}{title}"


def heading_of(line: str) -> Heading | None:
    """The heading of a marked line."""
    line = line.strip()
    return (int(line[1]), line[2:]) if line.startswith(MARK) else None
