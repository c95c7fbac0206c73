"""Words and pairs of words as columns, by one pass over all texts: what scikit-learn's vectoriser fitted, faster.

TF-IDF with 1 + log(tf), rows of length 1: Salton & Buckley, Information Processing & Management 24 (1988).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, repeat
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from policies.classifier import WORDS_AND_SIGNS
from policies.predictor.observations import Rows, Singles

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix
    from sklearn.feature_extraction.text import TfidfVectorizer

TOKEN = re.compile(WORDS_AND_SIGNS)


class Index(NamedTuple):
    """The number of each word that stands in some term, the term that is a word by itself (-1: none), and the pairs:
    first word · words + second, ascending, with their terms."""

    numbers: dict[str, int]
    singles: Rows
    pairs: Rows
    pair_terms: Rows


@dataclass(frozen=True)
class Words:
    """`terms`, a word or two parted by a space, and the inverse document frequency of each."""

    terms: tuple[str, ...]
    idf: Singles

    @cached_property
    def index(self) -> Index:
        """The terms, ready to be looked up."""
        parts = [term.split(" ") for term in self.terms]
        numbers = {word: i for i, word in enumerate(sorted({word for part in parts for word in part}))}
        singles = np.full(len(numbers), -1, dtype=np.intp)
        pairs = []
        for term, part in enumerate(parts):
            if len(part) == 1:
                singles[numbers[part[0]]] = term
            else:
                pairs.append((numbers[part[0]] * len(numbers) + numbers[part[1]], term))
        ordered = np.array(sorted(pairs), dtype=np.intp).reshape(-1, 2)
        return Index(numbers, singles, np.ascontiguousarray(ordered[:, 0]), np.ascontiguousarray(ordered[:, 1]))

    def transform(self, texts: Sequence[str]) -> csr_matrix:
        """TF-IDF of texts, (n, terms), each row of length 1; a row depends on its own text alone, to the last bit."""
        from scipy.sparse import csr_matrix

        n = len(self.terms)
        cells, counts = np.unique(self.cells(texts), return_counts=True)
        rows, columns = cells // n, cells % n
        values = (1 + np.log(counts)) * self.idf[columns]
        starts = np.searchsorted(rows, np.arange(len(texts) + 1))
        lengths = np.sqrt(np.bincount(rows, values**2, minlength=len(texts)))
        scaled = (values / lengths[rows]).astype(np.float32)
        return csr_matrix((scaled, columns, starts), shape=(len(texts), n))

    def cells(self, texts: Sequence[str]) -> Rows:
        """Row · terms + column of each occurrence of a term."""
        index, n = self.index, len(self.terms)
        found = [TOKEN.findall(text.lower()) for text in texts]
        words = np.fromiter(map(index.numbers.get, chain.from_iterable(found), repeat(-1)), dtype=np.intp)
        rows = np.repeat(np.arange(len(texts)), [len(some) for some in found])
        singles = np.where(words >= 0, index.singles[words], -1) if len(index.singles) else words
        is_pair = (words[:-1] >= 0) & (words[1:] >= 0) & (rows[:-1] == rows[1:])
        keys = words[:-1][is_pair] * len(index.numbers) + words[1:][is_pair]
        places = np.searchsorted(index.pairs, keys)
        is_known = np.zeros(len(keys), dtype=bool)
        inside = places < len(index.pairs)
        is_known[inside] = index.pairs[places[inside]] == keys[inside]
        pairs = index.pair_terms[places[is_known]]
        single_rows, pair_rows = rows[singles >= 0], rows[:-1][is_pair][is_known]
        return np.concatenate([single_rows * n + singles[singles >= 0], pair_rows * n + pairs])


def words_of(fitted: TfidfVectorizer) -> Words:
    """What a vectoriser of `TOKEN`s and pairs of them has learned."""
    terms = tuple(str(term) for term in fitted.get_feature_names_out())
    return Words(terms, np.asarray(fitted.idf_, dtype=np.float32))
