"""Scores by people: read, matched with their calls, and written to the ledger."""
