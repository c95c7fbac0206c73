"""bm25s without the debug messages that its import switches on."""

from __future__ import annotations

import logging

import bm25s

logging.getLogger("bm25s").setLevel(logging.WARNING)

__all__ = ["bm25s"]
