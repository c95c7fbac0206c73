"""The commands, one group per file; `flows/cli.py` names them."""
