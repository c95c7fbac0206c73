"""The installation that this command or flow works on."""

from __future__ import annotations

from tasks.settings import load_settings
from warehouse.home import Home


def current_home() -> Home:
    """The home that the settings name, whether it is there yet or not."""
    return Home(load_settings().home.absolute())
