"""What `warehouse/marts/*.yaml` may say of the mart beside it: its columns, and what has to hold of its rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

ColumnName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_.]*$", max_length=60)]
Sentence = Annotated[str, StringConstraints(min_length=1, max_length=300)]
Reference = Annotated[str, StringConstraints(pattern=r"^[a-z_]+\.[a-z_]+$")]


class MartDescription(BaseModel):
    """One mart: which columns tell its rows apart, what each column means, and which values it may have."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    grain: tuple[ColumnName, ...] = Field(min_length=1, description="Columns that are unique together.")
    columns: Mapping[ColumnName, Sentence] = Field(description="Every column in its order: meaning and unit.")
    not_null: tuple[ColumnName, ...] = Field((), description="Columns that are never NULL.")
    accepted: Mapping[ColumnName, tuple[str, ...]] = Field({}, description="Values that a column may have.")
    references: Mapping[ColumnName, Reference] = Field({}, description="RELATION.COLUMN that has a column's values.")

    @model_validator(mode="after")
    def check_columns(self) -> MartDescription:
        """Whatever is said is said of a column."""
        for name in (*self.grain, *self.not_null, *self.accepted, *self.references):
            if name not in self.columns:
                raise ValueError(f"{name} is no column")
        return self
