"""How well the classifier tells prompts apart, beside plain TF-IDF: `python -m tests.benchmarks.classifier`.

Prompts of 14 tasks, half of them for training; all labels, or 25 a task; with and without the sentence encoder.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
from rich.console import Console
from rich.table import Table
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.pipeline import make_pipeline

from policies.classifier import TrainedClassifier, train
from tasks.classifiers import encode

PROMPTS = "SELECT dataset, query_id, min(prompt) FROM read_parquet(?) GROUP BY ALL ORDER BY ALL"
FEW = 25
COVERAGE = 0.8
F1_BAR, GAIN_BAR, ACCURACY_BAR = 0.95, 0.03, 0.98


@dataclass(frozen=True, slots=True)
class Prompts:
    """Texts with what they belong to."""

    texts: Sequence[str]
    labels: Sequence[str]

    def some(self, n: int, *, seed: int) -> Prompts:
        """At most `n` of each label, drawn at random."""
        order = np.random.default_rng(seed).permutation(len(self.labels))
        by_label: dict[str, list[int]] = {}
        for i in order:
            by_label.setdefault(self.labels[i], []).append(i)
        kept = [i for members in by_label.values() for i in members[:n]]
        return Prompts([self.texts[i] for i in kept], [self.labels[i] for i in kept])


@dataclass(frozen=True, slots=True)
class Figure:
    """One classifier on the half that it has not seen."""

    name: str
    macro_f1: float
    accuracy_covered: float
    train_s: float
    ms_per_text: float


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table and a JSON line; 1 where a bar fails."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    file = options.data / "llmrouter.parquet"
    if not file.exists():
        print(f"{file} is not there: name its folder by --data", file=sys.stderr)
        return 1
    seen, unseen = halves(file, seed=options.seed)
    few = seen.some(FEW, seed=options.seed)
    figures = [
        measure_plain("plain TF-IDF, all labels", seen, unseen),
        measure("ours, all labels", seen, unseen),
        measure_plain(f"plain TF-IDF, {FEW} a task", few, unseen),
        measure(f"ours, {FEW} a task", few, unseen),
        measure(f"ours with the sentence encoder, {FEW} a task", few, unseen, is_embedded=True),
    ]
    print_table(figures, len(seen.texts), len(unseen.texts))
    results = judge(figures)
    print(json.dumps({"bench": "classifier", "results": results}))
    return 0 if all(result["ok"] for result in results) else 1


def halves(file: Path, *, seed: int) -> tuple[Prompts, Prompts]:
    """The prompts by a random half of their ids."""
    rows = duckdb.execute(PROMPTS, [str(file)]).fetchall()
    ids = np.array(sorted({query_id for _, query_id, _ in rows}))
    half = set(np.random.default_rng(seed).permutation(ids)[: len(ids) // 2].tolist())
    parts = ([row for row in rows if row[1] in half], [row for row in rows if row[1] not in half])
    first, second = (Prompts([text for _, _, text in part], [label for label, _, _ in part]) for part in parts)
    return first, second


def measure(name: str, seen: Prompts, unseen: Prompts, *, is_embedded: bool = False) -> Figure:
    """Our classifier."""
    began_s = time.perf_counter()
    classifier: TrainedClassifier = train(seen.texts, seen.labels, encode=encode if is_embedded else None)
    trained_s = time.perf_counter()
    guesses = classifier.classify(unseen.texts)
    ended_s = time.perf_counter()
    names, confidence = [guess.category for guess in guesses], np.array([guess.confidence for guess in guesses])
    return figure_of(name, unseen, names, confidence, (trained_s - began_s, ended_s - trained_s))


def measure_plain(name: str, seen: Prompts, unseen: Prompts) -> Figure:
    """scikit-learn's defaults: TF-IDF of words and logistic regression."""
    began_s = time.perf_counter()
    model = make_pipeline(TfidfVectorizer(), LogisticRegression(max_iter=1000)).fit(seen.texts, seen.labels)
    trained_s = time.perf_counter()
    probabilities = model.predict_proba(unseen.texts)
    ended_s = time.perf_counter()
    names = [str(name) for name in model.classes_[probabilities.argmax(axis=1)]]
    return figure_of(name, unseen, names, probabilities.max(axis=1), (trained_s - began_s, ended_s - trained_s))


def figure_of(
    name: str, unseen: Prompts, guessed: Sequence[str], confidence: np.ndarray, seconds: tuple[float, float]
) -> Figure:
    """Macro-F1 on all, and accuracy on the most confident four fifths."""
    is_right = np.array([guess == label for guess, label in zip(guessed, unseen.labels, strict=True)])
    covered = np.argsort(-confidence, kind="stable")[: int(COVERAGE * len(confidence))]
    macro_f1 = float(f1_score(unseen.labels, guessed, average="macro"))
    return Figure(name, macro_f1, float(is_right[covered].mean()), seconds[0], seconds[1] / len(guessed) * 1e3)


def judge(figures: Sequence[Figure]) -> list[dict[str, str | float | bool | None]]:
    """The figures that have bars."""
    plain_all, ours_all, plain_few, ours_few, embedded_few = figures
    gain = ours_few.macro_f1 - plain_few.macro_f1
    rows = [
        ("macro-F1, all labels", ours_all.macro_f1, F1_BAR),
        ("macro-F1 of plain TF-IDF, all labels", plain_all.macro_f1, None),
        (f"gain in macro-F1 over plain TF-IDF, {FEW} a task", gain, GAIN_BAR),
        (f"accuracy at {COVERAGE:.0%} coverage, all labels", ours_all.accuracy_covered, ACCURACY_BAR),
        (f"macro-F1 with the encoder, {FEW} a task", embedded_few.macro_f1, None),
    ]
    return [
        {"name": name, "value": round(value, 4), "bar": bar, "ok": bar is None or value >= bar}
        for name, value, bar in rows
    ]


def print_table(figures: Sequence[Figure], n_seen: int, n_unseen: int) -> None:
    """The figures for people."""
    table = Table(title=f"{n_seen} prompts to learn from, {n_unseen} unseen")
    for column in ("classifier", "macro-F1", f"accuracy at {COVERAGE:.0%}", "training, s", "ms a text"):
        table.add_column(column, justify="left" if column == "classifier" else "right")
    for one in figures:
        numbers = (f"{one.macro_f1:.3f}", f"{one.accuracy_covered:.3f}", f"{one.train_s:.1f}", f"{one.ms_per_text:.1f}")
        table.add_row(one.name, *numbers)
    Console(width=100).print(table)


if __name__ == "__main__":
    sys.exit(main())
