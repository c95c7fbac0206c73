"""Which content of each corpus a run searches, and which documents that content has nothing of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import TypeAdapter, ValidationError

from policies.errors import BadInputError
from tasks.retrieval.corpus import LeftOut
from tasks.run_folder import RunFolder, write_bytes


@dataclass(frozen=True, slots=True)
class PinnedCorpus:
    """A corpus as a run first opened it: the hash of its content, and the documents that gave no passage."""

    fingerprint: str
    left_out: tuple[LeftOut, ...]


@dataclass(frozen=True, slots=True)
class Gap:
    """A document that a run's searches can't have found."""

    corpus: str
    document: str
    reason: str


PINNED = TypeAdapter(PinnedCorpus)


def pin_corpus(folder: RunFolder, corpus: str, pinned: PinnedCorpus) -> None:
    """Write down what the run searches, for its resumed self and for its reports."""
    write_bytes(folder.corpus(corpus), PINNED.dump_json(pinned, indent=1))


def pinned_corpus(folder: RunFolder, corpus: str) -> PinnedCorpus | None:
    """What `pin_corpus` wrote; None where the run has not opened the corpus yet."""
    path = folder.corpus(corpus)
    try:
        return PINNED.validate_json(path.read_bytes())
    except FileNotFoundError:
        return None
    except ValidationError as error:
        raise BadInputError("the run's note of its corpus is damaged", file=path) from error


def gaps_of(folder: RunFolder) -> list[Gap]:
    """Every document that the run's corpora were opened without, by corpus and document."""
    corpora = sorted(path.stem for path in folder.corpus("*").parent.glob("*.json"))
    return [gap for corpus in corpora for gap in gaps_in(corpus, (pinned_corpus(folder, corpus) or EMPTY).left_out)]


def gaps_in(corpus: str, left_out: Sequence[LeftOut]) -> list[Gap]:
    """The documents left out of one corpus, with its name."""
    return [Gap(corpus, one.document, one.reason) for one in left_out]


EMPTY = PinnedCorpus("", ())
