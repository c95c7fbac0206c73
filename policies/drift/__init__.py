"""Drift: when what comes of calls is no more what it was."""
