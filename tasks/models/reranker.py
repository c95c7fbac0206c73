"""A cross-encoder that says how well a text answers a question; small, on the CPU, through onnxruntime."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, lru_cache
from pathlib import Path

import numpy as np
import onnxruntime
import tokenizers

from tasks.models.inventory import weights_of
from tasks.models.weights_store import require

MAX_TOKENS = 160  # of question and text together; the rest of a long text is cut
CACHED_PAIRS = 4096
USED_BY = "extract"  # the model whose weight files these are in the catalogue


class Reranker:
    """Scores pairs of question and text; a score is a logit, above 0 rather relevant, below 0 rather not.

    Pairs are scored one at a time: the weights are quantised dynamically, so a batch's scales, and with them each
    score, would depend on the neighbours. It is no slower, for nothing is padded.
    """

    def __init__(self, model: Path, tokenizer: Path) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
        self._tokenizer = tokenizers.Tokenizer.from_file(str(tokenizer))
        self._tokenizer.enable_truncation(MAX_TOKENS, strategy="longest_first")
        self._tokenizer.no_padding()
        self._score = lru_cache(CACHED_PAIRS)(self._score_pair)

    def score(self, question: str, texts: Sequence[str]) -> list[float]:
        """One logit per text, in order."""
        return [self._score(question, text) for text in texts]

    def _score_pair(self, question: str, text: str) -> float:
        encoded = self._tokenizer.encode(question, text)
        inputs = {
            "input_ids": np.array([encoded.ids], dtype=np.int64),
            "attention_mask": np.array([encoded.attention_mask], dtype=np.int64),
            "token_type_ids": np.array([encoded.type_ids], dtype=np.int64),
        }
        return round(float(self._session.run(None, inputs)[0][0][0]), 4)


@cache
def shared_reranker() -> Reranker:
    """This process's reranker; `WorkFailedError` where its weights are not on this machine."""
    files = weights_of(USED_BY)
    model = next(file for file in files if file.name.endswith(".onnx"))
    tokenizer = next(file for file in files if file.name.endswith(".json"))
    return Reranker(require(model), require(tokenizer))
