"""Importing what other tools recorded: exports become facts that keep their origin."""
