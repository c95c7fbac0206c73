"""What one transaction of the loader lands: segments with their lines, as Arrow tables where DuckDB reads them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import pyarrow as pa

from warehouse.collecting import Segment
from warehouse.records import KINDS
from warehouse.segments import Refused


@dataclass(slots=True)
class Load:
    """The segments of one transaction with their lines: per kind, payloads and their line numbers."""

    segments: list[Segment] = field(default_factory=list)
    payloads: dict[str, list[bytes]] = field(default_factory=lambda: {kind: [] for kind in KINDS})
    places: dict[str, list[tuple[str, list[int]]]] = field(default_factory=lambda: {kind: [] for kind in KINDS})
    refused: list[tuple[str, Refused]] = field(default_factory=list)
    n_records: dict[str, int] = field(default_factory=dict)
    torn: list[str] = field(default_factory=list)


def gather(segments: Iterable[Segment]) -> Load:
    """Read segments into one load."""
    load = Load()
    for segment in segments:
        contents = segment.read()
        load.segments.append(segment)
        load.n_records[segment.name] = sum(len(lines.numbers) for lines in contents.lines.values())
        for kind, lines in contents.lines.items():
            load.payloads[kind] += lines.payloads
            load.places[kind].append((segment.name, lines.numbers))
        if contents.is_torn:
            load.torn.append(segment.name)
        # The torn end of an abandoned segment was never acknowledged; anywhere else a bad line is damage.
        refused = contents.refused[:-1] if contents.is_torn and segment.is_abandoned else contents.refused
        load.refused += [(segment.name, line) for line in refused]
    return load


def refused_table(load: Load) -> pa.Table:
    """A load's refused lines as columns of `quarantine`."""
    return pa.table(
        {
            "segment": pa.array([name for name, _ in load.refused], pa.string()),
            "line": pa.array([line.line for _, line in load.refused], pa.int64()),
            "record": pa.array([line.record for _, line in load.refused], pa.string()),
            "reason": pa.array([line.reason for _, line in load.refused], pa.string()),
        }
    )


def landed_table(load: Load) -> pa.Table:
    """A load's segments as columns of `segments`."""
    names = [segment.name for segment in load.segments]
    refused = [name for name, _ in load.refused]
    return pa.table(
        {
            "segment": pa.array(names, pa.string()),
            "checksum": pa.array([segment.checksum for segment in load.segments], pa.string()),
            "n_bytes": pa.array([len(segment.data) for segment in load.segments], pa.int64()),
            "n_records": pa.array([load.n_records[name] for name in names], pa.int64()),
            "n_quarantined": pa.array([refused.count(name) for name in names], pa.int64()),
            "is_abandoned": pa.array([segment.is_abandoned for segment in load.segments], pa.bool_()),
            "is_torn": pa.array([name in load.torn for name in names], pa.bool_()),
        }
    )
