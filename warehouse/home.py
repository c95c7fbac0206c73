"""Where one warehouse lives on disk: the spool, the private ledger, and the published file that users open."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

PRIVATE_FOLDER = 0o700
PRIVATE_FILE = 0o600


@dataclass(frozen=True, slots=True)
class Home:
    """The folder of one warehouse, `.pointsman` by custom; nothing is made before `create`."""

    root: Path

    @property
    def spool(self) -> Path:
        """The folder of segments that are not landed yet."""
        return self.root / "spool"

    @property
    def ledger(self) -> Path:
        """The private DuckDB file that only the loader opens."""
        return self.root / "ledger.duckdb"

    @property
    def write_ahead_log(self) -> Path:
        """What is committed to the ledger but not checkpointed; DuckDB removes it at a checkpoint."""
        return self.root / "ledger.duckdb.wal"

    @property
    def published(self) -> Path:
        """The DuckDB file that users open, replaced as a whole by every land."""
        return self.root / "warehouse.duckdb"

    @property
    def lock(self) -> Path:
        """The file whose `flock` guards every open of the ledger."""
        return self.root / "ledger.lock"

    @property
    def runs(self) -> Path:
        """The folder of what runs leave behind besides records: outputs and checkpoints."""
        return self.root / "runs"

    @property
    def classifiers(self) -> Path:
        """The folder of trained classifiers and their model cards."""
        return self.root / "classifiers"

    @property
    def predictors(self) -> Path:
        """The folder of fitted predictors, each named by its weights' version and the hash of its content."""
        return self.root / "predictors"

    def create(self) -> Home:
        """Make the folders that are missing, open to their owner alone; raises `OSError` where that is impossible."""
        for folder in (self.root, self.spool, self.runs):
            make_folder(folder)
        return self


def make_folder(folder: Path) -> None:
    """Make a folder and those missing above it, for their owner alone; what is there already stays as it is."""
    missing = [one for one in (folder, *folder.parents) if not one.exists()]
    for one in reversed(missing):
        one.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
    folder.mkdir(exist_ok=True)  # raises where it is no folder
