"""What a corpus is: its specification in a job file, and the passages that it comes to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, model_validator

Builder: TypeAlias = Literal["python_stdlib"]
Method: TypeAlias = Literal["fused", "lexical", "dense"]
OnUnreadable: TypeAlias = Literal["error", "skip"]


class CorpusSpec(BaseModel):
    """A corpus as a job file names it: a folder of documents or a builder of our own, and how it is cut and searched.

    `chunk_characters` is the longest passage text and `overlap_characters` what neighbouring passages share.
    `rerank` is how many of the best passages a cross-encoder orders again (0: none).
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    folder: str | None = Field(default=None, min_length=1, max_length=4096)
    builder: Builder | None = None
    chunk_characters: int = Field(default=700, strict=True, ge=100, le=20_000)
    overlap_characters: int = Field(default=0, strict=True, ge=0, le=10_000)
    method: Method = "fused"
    rerank: int = Field(default=0, strict=True, ge=0, le=100)
    on_unreadable: OnUnreadable = "error"

    @model_validator(mode="after")
    def check_source(self) -> CorpusSpec:
        """Exactly one source, a folder without NUL, and an overlap of at most half a passage."""
        if (self.folder is None) == (self.builder is None):
            raise ValueError("give exactly one of folder and builder")
        if self.folder is not None and "\x00" in self.folder:
            raise ValueError("folder contains a NUL byte")
        if self.overlap_characters * 2 > self.chunk_characters:
            raise ValueError("overlap_characters must be at most half of chunk_characters")
        return self


@dataclass(frozen=True, slots=True)
class Passage:
    """One retrievable piece of text; `title` is a heading path or signature, `source` names the file or object."""

    passage_id: str
    title: str
    text: str
    source: str


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A document that a corpus has nothing of, by its path from the folder, and why."""

    document: str
    reason: str
