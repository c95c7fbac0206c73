"""Great Expectations in memory: no project folder, no progress bars, and nothing sent to anybody."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from types import ModuleType
from typing import TYPE_CHECKING

from warehouse.query import Table
from warehouse.validation_schema import Expectation, Suite

if TYPE_CHECKING:
    from great_expectations.data_context.data_context.abstract_data_context import AbstractDataContext


def judge_frames(suites: Sequence[tuple[Suite, Table]]) -> list[list[bool]]:
    """Whether each expectation of each suite holds of the suite's frame of measures, in their order."""
    gx = import_great_expectations()
    context = quiet_context(gx)
    return [judge_frame(gx, context, suite, measures) for suite, measures in suites]


def judge_frame(gx: ModuleType, context: AbstractDataContext, suite: Suite, measures: Table) -> list[bool]:
    """Judge one frame; what Great Expectations could not evaluate does not hold."""
    import pandas as pd

    frame = pd.DataFrame(measures.rows, columns=list(measures.columns))
    asset = context.data_sources.add_pandas(suite.table).add_dataframe_asset(suite.table)
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


def quiet_context(gx: ModuleType) -> AbstractDataContext:
    """A context of its own, in memory: it draws nothing, sends nothing and leaves no folder behind."""
    from great_expectations.data_context.types.base import (
        DataContextConfig,
        InMemoryStoreBackendDefaults,
        ProgressBarsConfig,
    )

    config = DataContextConfig(
        store_backend_defaults=InMemoryStoreBackendDefaults(init_temp_docs_sites=False),
        progress_bars=ProgressBarsConfig(globally=False),
        analytics_enabled=False,
    )
    context: AbstractDataContext = gx.get_context(mode="ephemeral", project_config=config)
    return context


def import_great_expectations() -> ModuleType:
    """Import it where it is needed: it takes seconds, and warns of a deprecated module of the standard library."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        import great_expectations
        import great_expectations.expectations
    return great_expectations
