"""Prompts and answers of exports as messages and texts: they come as texts, as messages, or as whole responses."""

from __future__ import annotations

import json
from pathlib import Path

from policies.errors import BadInputError
from tasks.accounts import prompt_hash_of
from tasks.models.client import Message
from warehouse.batch_values import JsonValue, refuse_unusable

# Where a text stands in what tools record around it, in the order in which they are looked at.
WRAPPERS = ("messages", "choices", "message", "content", "text", "prompt", "input", "output", "completion")


def read_json(text: str | None) -> JsonValue:
    """A field's JSON; a text that holds JSON is read once more, and things without content are None."""
    if text is None:
        return None
    value: JsonValue = json.loads(text)
    if not isinstance(value, str) or value.lstrip()[:1] not in ("{", "["):
        return content_of(value)
    try:
        inner: JsonValue = json.loads(value)
        refuse_unusable(inner, file=Path(), line=0, field="")
    except (ValueError, RecursionError, BadInputError):  # a text that only looks like JSON, or too deep to be a prompt
        return value
    return content_of(inner)


def content_of(value: JsonValue) -> JsonValue:
    """A value without members that hold nothing, as columns of structures have them; None if nothing is left."""
    if isinstance(value, dict):
        return {key: held for key, member in value.items() if (held := content_of(member)) is not None} or None
    if isinstance(value, list):
        return [held for member in value if (held := content_of(member)) is not None] or None
    return None if value == "" else value


def messages_of(value: JsonValue) -> tuple[Message, ...]:
    """A prompt as messages: one of the user's where the export does not tell more."""
    if isinstance(value, dict) and isinstance(value.get("messages"), list):
        value = value["messages"]
    if isinstance(value, list) and all(isinstance(member, dict) and "role" in member for member in value):
        return tuple(message_of(member) for member in value if isinstance(member, dict))
    text = text_of(value)
    return (Message("user", text),) if text else ()


def message_of(value: dict[str, JsonValue]) -> Message:
    """One message; roles that we have no word for count as the user's."""
    text = text_of(value.get("content")) or ""
    match value.get("role"):
        case "system" | "developer":
            return Message("system", text)
        case "assistant":
            return Message("assistant", text)
        case _:
            return Message("user", text)


def text_of(value: JsonValue) -> str | None:
    """The text in a message, in its parts, or in a response; what holds none is told as JSON. None for nothing."""
    if value is None or isinstance(value, str):
        return value or None
    if isinstance(value, list):
        return "\n".join(text for member in value if (text := text_of(member))) or None
    if isinstance(value, dict):
        held = next((value[key] for key in WRAPPERS if value.get(key)), None)
        if held is not None:
            return text_of(held)
    return json.dumps(value, ensure_ascii=False)


def prompt_of(field: str | None) -> tuple[str | None, str | None]:
    """A prompt's hash, as our own attempts have it, and its text; both None without one."""
    messages = messages_of(read_json(field))
    if not messages:
        return None, None
    return prompt_hash_of(messages), "\n\n".join(message.content for message in messages)


def response_of(field: str | None) -> str | None:
    """An answer's text."""
    return text_of(read_json(field))
