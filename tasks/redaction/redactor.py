"""Masking what is secret in a text: values that are known, and whatever looks like a secret."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from tasks.redaction.engine import Gate, compile_bytes
from tasks.redaction.spellings import pattern_of
from tasks.redaction.table import People, Rule, shipped_rules

MASK = "[redacted]"


class Redactor:
    """What masks; `secrets` are known values, `people` switches patterns of e-mail addresses and phone numbers on.

    One pass over the text in time linear in its length; a text without a secret comes back as the same object.
    """

    def __init__(self, secrets: Collection[str] = (), *, people: Collection[People] = ()) -> None:
        known = pattern_of(secrets)
        self._known = None if known is None else Rule("known", compile_bytes(known), "any")
        self._rules = (*(() if self._known is None else (self._known,)), *shipped_rules(frozenset(people)))
        self._gate = Gate(rule.pattern.pattern for rule in self._rules)

    def redact(self, text: str) -> str:
        """The text with every known value, and everything that looks like a secret, masked."""
        data = encoded(text)
        return masked(text, data, [span for n in self._gate.found(data) for span in self._rules[n].spans(data)])

    def mask_known(self, text: str) -> str:
        """The text with the known values masked, and nothing else."""
        if self._known is None:
            return text
        data = encoded(text)
        return masked(text, data, self._known.spans(data))

    def suspects(self, data: bytes) -> bool:
        """Whether anything in `data` might be a secret; cheaper than to redact."""
        return self._gate.is_open(data)


def encoded(text: str) -> bytes:
    """A text as bytes, lone surrogates included."""
    return text.encode("utf-8", "surrogatepass")


def masked(text: str, data: bytes, spans: Sequence[tuple[int, int]]) -> str:
    """`text`, whose bytes are `data`, with the spans masked."""
    if not spans:
        return text
    pieces, done = [], 0
    for start, end in sorted(spans):
        if start >= done:
            pieces += [data[done:start], MASK.encode()]
        done = max(done, end)
    joined = b"".join([*pieces, data[done:]])
    try:
        return joined.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:  # a span that ends inside a character
        return joined.decode("utf-8", "replace")
