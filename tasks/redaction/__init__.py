"""Keeping secrets out of whatever is stored, logged or shown."""
