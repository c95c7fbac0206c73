"""A chat prompt read as a question, an answer to be cited (if any) and numbered passages."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from tasks.models.client import Message

NUMBERED = re.compile(r"^\[(\d{1,4})\][ \t]*(.*)$")
FIELD = re.compile(r"^\s*\**(question|answer)\**\s*:\**\s*(.*)$", re.IGNORECASE)
NAME = re.compile(r"^[A-Za-z_][\w.]*")
SENTENCE_END = re.compile(r"(?<=[.!?])[\"')\]]*\s+(?=[\"'(\[]?[A-Z0-9])|\n\s*\n|\n(?=\s*[-*>]\s)")
ABBREVIATION = re.compile(r"\b(?:e\.g|i\.e|etc|cf|vs|Dr|Mr|Ms|No)\.$")


@dataclass(frozen=True, slots=True)
class ReadPassage:
    """One passage of the prompt: its number, its first line (a name and signature, or a title), and its text."""

    number: int
    heading: str
    body: str

    @property
    def name(self) -> str:
        """The identifier that the heading begins with, else the heading."""
        found = NAME.match(self.heading)
        return found.group().rstrip(".") if found else self.heading

    @property
    def text(self) -> str:
        return f"{self.heading}\n{self.body}".strip()


@dataclass(frozen=True, slots=True)
class ReadPrompt:
    """What a prompt asks and from what; `answer` is one that was given before and is to be cited, or ""."""

    question: str
    answer: str
    passages: tuple[ReadPassage, ...]


def read_prompt(messages: Sequence[Message]) -> ReadPrompt:
    """Read the last user message.

    The question is the last line that begins with `Question:`, else the last paragraph. Passages are the blocks that
    begin with a line `[n] heading`, up to the next one or a `Question:` or `Answer:` line; without such lines, every
    paragraph but the question's and those that end with a colon.
    """
    content = next((message.content for message in reversed(messages) if message.role == "user"), "")
    fields: dict[str, str] = {}
    kept: list[str] = []
    for line in content.splitlines():
        if field := FIELD.match(line):
            fields[field[1].lower()] = field[2].strip() or fields.get(field[1].lower(), "")
            kept.append("")  # a field ends the passage before it
            kept.append("\x00")
        else:
            kept.append(line)
    question, answer = split_answer(fields.get("question", ""), fields.get("answer", ""))
    passages = numbered_passages(kept)
    if not passages or not question:
        paragraphs = [p.strip() for p in re.split(r"\n\s*\n", "\n".join(kept).replace("\x00", "")) if p.strip()]
        if not question and paragraphs:
            question = paragraphs.pop()
        passages = passages or plain_passages(paragraphs)
    return ReadPrompt(" ".join(question.split()), answer, tuple(passages))


def split_answer(question: str, answer: str) -> tuple[str, str]:
    """Both apart where they stand in one line: `Question: … Answer: …`."""
    before, mark, after = question.rpartition(" Answer:")
    return (before, after.strip()) if mark and not answer else (question, answer)


def numbered_passages(lines: Sequence[str]) -> list[ReadPassage]:
    """The blocks under `[n] heading` lines; `\\x00` ends a block."""
    passages: list[ReadPassage] = []
    start: tuple[int, str] | None = None
    body: list[str] = []
    for line in [*lines, "\x00"]:
        found = NUMBERED.match(line)
        if (found or line == "\x00") and start is not None:
            passages.append(ReadPassage(start[0], start[1], "\n".join(body).strip()))
            start = None
        if found:
            start, body = (int(found[1]), found[2].strip()), []
        elif start is not None:
            body.append(line)
    return passages


def plain_passages(paragraphs: Sequence[str]) -> list[ReadPassage]:
    """Paragraphs as passages, numbered from 1; a lone line that ends with a colon is an instruction."""
    texts = [text for text in paragraphs if "\n" in text or not text.endswith(":")]
    return [ReadPassage(n, *split_heading(text)) for n, text in enumerate(texts, 1)] if len(paragraphs) else []


def split_heading(text: str) -> tuple[str, str]:
    """A first line that looks like a heading (short, or a signature), and the rest."""
    first, _, rest = text.partition("\n")
    return (first.strip(), rest.strip()) if rest and not first.rstrip().endswith((".", "?", "!")) else ("", text)


def split_sentences(text: str) -> list[str]:
    """The sentences of a text, verbatim and in order; blank lines, list items and full stops end one."""
    sentences: list[str] = []
    start = 0
    for end in SENTENCE_END.finditer(text):
        if ABBREVIATION.search(text[start : end.start()]):
            continue
        sentences.append(text[start : end.start()].strip())
        start = end.end()
    return [sentence for sentence in (*sentences, text[start:].strip()) if sentence]
