"""Scorers: one pure check per file, and the closed table of them."""
