"""What `warehouse/expectations/*.yaml` may say: what has to hold of one table, how badly, and why."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

Name = Annotated[str, StringConstraints(min_length=1, max_length=100)]
Column = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
Bound = Annotated[float, Field(allow_inf_nan=False)]


class Expectation(BaseModel):
    """One thing that has to hold: none of some rows, or a measure within bounds."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Name = Field(description="The sentence that reports show.")
    none_of: Column | None = Field(None, description="Column that counts the offending rows.")
    measure: Column | None = Field(None, description="Column with a figure; NULL, as of no rows, breaks no bound.")
    rows: Annotated[str, StringConstraints(min_length=1)] | None = Field(
        None,
        description="SELECT that finds the offending rows, over the tables and the WITH of the table's SQL. Absent: of "
        "none_of, the rows that it counts.",
    )
    at_least: Bound | None = Field(None, description="Lower bound of the measure, itself allowed.")
    at_most: Bound | None = Field(None, description="Upper bound of the measure, itself allowed.")
    severity: Literal["critical", "warning"] = Field(description="A critical failure stops what depends on the data.")
    why: Annotated[str, StringConstraints(min_length=1)] = Field(description="The reason that it is there.")

    @model_validator(mode="after")
    def check_kind(self) -> Expectation:
        """Either a count without bounds, or a measure with at least one."""
        has_bound = self.at_least is not None or self.at_most is not None
        if (self.none_of is None) == (self.measure is None):
            raise ValueError("give exactly one of none_of and measure")
        if has_bound != (self.measure is not None):
            raise ValueError("a measure needs at_least or at_most, and none_of has no bounds")
        return self

    @property
    def column(self) -> str:
        """The column of the aggregate that is looked at."""
        return self.none_of or self.measure or ""

    @property
    def bounds(self) -> tuple[float | None, float | None]:
        """The least and the greatest value that are allowed."""
        return (None, 0.0) if self.none_of else (self.at_least, self.at_most)

    @property
    def is_critical(self) -> bool:
        """Whether its failure stops what depends on the data."""
        return self.severity == "critical"


class Suite(BaseModel):
    """What has to hold of one table."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    table: Column
    expectations: tuple[Expectation, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def check_names(self) -> Suite:
        """No two expectations of one name: the name is the key of a result."""
        names = [expectation.name for expectation in self.expectations]
        if len(set(names)) < len(names):
            raise ValueError("two expectations have the same name")
        return self
