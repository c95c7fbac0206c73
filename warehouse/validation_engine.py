"""Great Expectations in memory: no project folder, no progress bars, and nothing sent to anybody."""

from __future__ import annotations

import warnings
from types import ModuleType

from warehouse.query import Table
from warehouse.validation_schema import Expectation, Suite


def judge_frame(suite: Suite, measures: Table) -> list[bool]:
    """Whether each expectation of a suite holds of a frame of measures, in the suite's order.

    What Great Expectations could not evaluate does not hold.
    """
    gx = import_great_expectations()
    import pandas as pd

    frame = pd.DataFrame(measures.rows, columns=list(measures.columns))
    asset = quiet_context(gx).data_sources.add_pandas(suite.table).add_dataframe_asset(suite.table)
    batch = asset.add_batch_definition_whole_dataframe("all").get_batch({"dataframe": frame})
    expectations = [build(gx, expectation) for expectation in suite.expectations]
    result = batch.validate(gx.ExpectationSuite(name=suite.table, expectations=expectations))
    held = {one.expectation_config.meta["name"]: bool(one.success) for one in result.results}
    return [held.get(expectation.name, False) for expectation in suite.expectations]


def build(gx: ModuleType, expectation: Expectation) -> object:
    """A declared expectation as one of Great Expectations' own."""
    least, most = expectation.bounds
    return gx.expectations.ExpectColumnValuesToBeBetween(
        column=expectation.column,
        min_value=least,
        max_value=most,
        severity=expectation.severity,
        notes=expectation.why,
        meta={"name": expectation.name},
    )


def quiet_context(gx: ModuleType):  # type: ignore[no-untyped-def] # Great Expectations is imported late, and untyped here
    """A context of its own, in memory, that draws nothing and sends nothing."""
    from great_expectations.data_context.types.base import ProgressBarsConfig

    context = gx.get_context(mode="ephemeral")
    context.enable_analytics(False)
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    return context


def import_great_expectations() -> ModuleType:
    """Import it where it is needed: it takes seconds, and warns of a deprecated module of the standard library."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        import great_expectations
        import great_expectations.expectations
    return great_expectations
