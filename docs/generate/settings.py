"""The README's table of settings, from the class that reads them."""

from __future__ import annotations

import json
from pathlib import Path

from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from docs.generate.markdown import code, table
from tasks.settings import Settings

PREFIX = str(Settings.model_config.get("env_prefix", ""))


def describe_settings() -> str:
    """Every setting with its variable, its default and what it means."""
    rows = [
        (code(PREFIX + name.upper()), default_of(field), field.description or "")
        for name, field in Settings.model_fields.items()
    ]
    return table(("variable", "default", "meaning"), rows)


def default_of(field: FieldInfo) -> str:
    """A default as the variable would be written."""
    default = field.default
    if default is None or default is PydanticUndefined:
        return ""
    return code(":".join(str(one) for one in default) if isinstance(default, tuple) else plain(default))


def plain(value: object) -> str:
    """A value as text."""
    return str(value) if isinstance(value, Path | str) else json.dumps(value)
