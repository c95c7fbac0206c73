"""One reader of a published file, with nothing but DuckDB: `python reader.py FILE SECONDS`.

Opens, asks and closes in a loop. Prints per look one line: when it began to open (monotonic seconds), the number of
batches that it saw, whether each was whole; or the error.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import duckdb

LOOK = (Path(__file__).parent / "look.txt").read_text("utf-8")


def main() -> None:
    """Look again and again."""
    file, until = sys.argv[1], time.monotonic() + float(sys.argv[2])
    while (opened := time.monotonic()) < until:
        try:
            with duckdb.connect(file, read_only=True, config={"threads": 1}) as connection:
                [(n_batches, n_broken)] = connection.execute(LOOK).fetchall()
        except duckdb.Error as error:
            print(f"{opened} error {str(error).splitlines()[0]}", flush=True)
        else:
            print(f"{opened} {n_batches} {'broken' if n_broken else 'whole'}", flush=True)


if __name__ == "__main__":
    main()
