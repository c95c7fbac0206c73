"""What one transaction of the loader lands: segments with their lines, as Arrow tables where DuckDB reads them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import pyarrow as pa

from warehouse.collecting import Segment
from warehouse.line_table import Positions, sort_lines
from warehouse.records import KINDS
from warehouse.segments import Refused


@dataclass(slots=True)
class Load:
    """The segments of one transaction with their lines: per kind, payloads (`binary_view`) and where they stand."""

    segments: list[Segment] = field(default_factory=list)
    payloads: dict[str, pa.ChunkedArray] = field(default_factory=dict)
    places: dict[str, list[tuple[str, Positions]]] = field(default_factory=dict)
    refused: list[tuple[str, Refused]] = field(default_factory=list)
    n_records: dict[str, int] = field(default_factory=dict)
    torn: list[str] = field(default_factory=list)

    def place_of(self, kind: str, position: int) -> tuple[str, int]:
        """The segment and the line of one of a kind's payloads as they were read."""
        for segment, numbers in self.places[kind]:
            if position < len(numbers):
                return segment, int(numbers[position])
            position -= len(numbers)
        raise IndexError(position)


def gather(segments: Iterable[Segment]) -> Load:
    """Read segments into one load."""
    load, tables = Load(), []
    for segment in segments:
        table = sort_lines(segment.data)
        tables.append((segment.name, table))
        load.segments.append(segment)
        load.n_records[segment.name] = table.n_records
        if table.is_torn:
            load.torn.append(segment.name)
        # The torn end of an abandoned segment was never acknowledged; anywhere else a bad line is damage.
        refused = table.refused[:-1] if table.is_torn and segment.is_abandoned else table.refused
        load.refused += [(segment.name, line) for line in refused]
    for kind in KINDS:
        load.payloads[kind] = pa.chunked_array([table.payloads[kind] for _, table in tables], pa.binary_view())
        load.places[kind] = [(name, table.numbers[kind]) for name, table in tables]
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
