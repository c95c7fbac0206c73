"""What holds for every test."""

from __future__ import annotations

from hypothesis import settings

# The first call of a function may import a library, and the machine may be busy: seconds say nothing here.
settings.register_profile("any machine", deadline=None)
settings.load_profile("any machine")
