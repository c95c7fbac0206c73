"""Whether the output is JSON that fits the step's schema."""

from __future__ import annotations

from tasks.jobs.context import RenderError, plain
from tasks.jobs.outputs import parse_json, schema_problem
from tasks.scorers.sample import Sample, Verdict


def json_schema(sample: Sample) -> Verdict | None:
    """1 where the output fits the step's `output` schema, else 0 with the first violation."""
    if sample.schema is None:
        return None
    try:
        value = parse_json(sample.output) if isinstance(sample.output, str) else plain(sample.output)
    except RenderError as error:
        return Verdict(0.0, str(error))
    problem = schema_problem(value, sample.schema)
    return Verdict(1.0, "fits") if problem is None else Verdict(0.0, problem)
