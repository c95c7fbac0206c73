"""The classifier of a run's requests: trained from the examples once, and kept with its model card."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path

from pydantic import TypeAdapter

from policies.categories import CategoryTable
from policies.classification import ContentClassifier
from policies.classifier import (
    MAX_CROSS_VALIDATED,
    MIN_EXAMPLES,
    Encode,
    HeldOut,
    TrainedClassifier,
    Vectors,
    excerpt,
    judge_held_out,
    train,
)
from policies.errors import BadInputError, refuse
from policies.model_card import ModelCard, write_card
from policies.reclassified import Classes
from policies.rule_table import RuleTable
from policies.types import AUTO
from tasks.jobs.reading import read_text
from tasks.jobs.schema import Job
from tasks.jobs.steps import LlmStep
from tasks.retrieval.dense import sentence_encoder
from tasks.run_folder import write_bytes
from warehouse.home import Home

CARD = TypeAdapter(ModelCard)
LEAST_GAIN = 0.01  # of macro-F1, for which a text's vector is worth its time
HEAD, TAIL = 1_000, 500  # characters


def read_examples(folder: Path) -> Mapping[str, str]:
    """The files of a folder of examples, by path, with their text; raises `BadInputError` where one can't be read."""
    return {str(file): read_text(file) for file in sorted(folder.glob("*.yaml"))}


def needs_classifier(job: Job, table: RuleTable) -> bool:
    """Whether some request of a job has to be classified: for its task type, or for a rule."""
    asking = [s for s in job.steps if isinstance(s, LlmStep) and s.category is None]
    return any(table.needs_categories or step.task_type == AUTO for step in asking)


def needs_categories(job: Job, table: RuleTable) -> bool:
    """Whether some request of a job has a category, whoever says it."""
    return needs_classifier(job, table) or any(isinstance(s, LlmStep) and s.category is not None for s in job.steps)


def content_classifier(home: Home, categories: CategoryTable, table: RuleTable) -> ContentClassifier:
    """What classifies requests: tags and keywords, and the trained classifier where there are examples.

    Trained at the first use of these examples on this home, and kept. The threshold is the rules', else the card's.
    Raises `BadInputError` for a category that nothing could recognise.
    """
    check_recognisable(categories)
    if not any(category.examples for category in categories.categories):
        return ContentClassifier(categories, threshold=table.ambiguous_below or 0.0)
    trained, card = trained_classifier(home, categories)
    below = table.ambiguous_below
    return ContentClassifier(categories, trained, threshold=card.threshold if below is None else below)


def check_recognisable(categories: CategoryTable) -> None:
    """Raise `BadInputError` where there is no category, or one that nothing could recognise."""
    if not categories.categories:
        raise BadInputError("requests can't be classified: there is no file of examples", field="POINTSMAN_EXAMPLES")
    refuse(unrecognisable(categories))


def unrecognisable(categories: CategoryTable) -> Iterator[BadInputError]:
    """An error for each category with too few examples, or with nothing at all to be recognised by."""
    n_trained = sum(bool(category.examples) for category in categories.categories)
    for category in categories.categories:
        n = len(category.examples)
        if n and n < MIN_EXAMPLES:
            yield BadInputError(f"at least {MIN_EXAMPLES} are needed", file=category.file, field="examples", value=n)
        elif n and n_trained == 1:
            yield BadInputError("no other category has any to be told from", file=category.file, field="examples")
        if not (n or category.keywords or category.tags):
            problem = "has no examples, keywords or tags: nothing can be recognised as it"
            yield BadInputError(problem, file=category.file, field="category", value=category.name)


@lru_cache(maxsize=2)
def trained_classifier(home: Home, categories: CategoryTable) -> tuple[TrainedClassifier, ModelCard]:
    """The classifier of these examples and its card, from the home's files or trained anew.

    The files are this installation's own, in a folder that is its owner's alone: they are unpickled.
    """
    import joblib

    model_file, card_file = kept_files(home, categories)
    if model_file.exists() and card_file.exists():
        features, model = joblib.load(model_file)
        card = CARD.validate_json(card_file.read_bytes())
        return TrainedClassifier(features, model, encode if card.is_embedded else None), card
    examples = [(text, category.name) for category in categories.categories for text in category.examples]
    texts, labels = [text for text, _ in examples], [label for _, label in examples]
    held_out, helping = choose_features(texts, labels)
    card = write_card(held_out, labels=labels, version=categories.version, is_embedded=helping is not None)
    trained = train(texts, labels, encode=helping)
    pickled = io.BytesIO()
    joblib.dump((trained.features, trained.model), pickled)
    write_bytes(model_file, pickled.getvalue())
    write_bytes(card_file, CARD.dump_json(card, indent=2))
    return trained, card


def kept_files(home: Home, categories: CategoryTable) -> tuple[Path, Path]:
    """Where the classifier of some examples is kept, and its card.

    The names hold the version of scikit-learn, whose pickles another one does not read.
    """
    import sklearn

    base = home.classifiers / f"{categories.version}-sklearn-{sklearn.__version__}"
    return base.with_name(f"{base.name}.joblib"), base.with_name(f"{base.name}.json")


def known_threshold(home: Home, categories: CategoryTable) -> float | None:
    """The classifier's own threshold, without training one; None where it was never trained on these examples."""
    if not any(category.examples for category in categories.categories):
        return 0.0
    _, card_file = kept_files(home, categories)
    return CARD.validate_json(card_file.read_bytes()).threshold if card_file.exists() else None


def classes_of(home: Home, categories: CategoryTable | None) -> Classes:
    """What is known of the classifier without training it: its threshold, and what `auto` becomes."""
    if categories is None:
        return Classes()
    return Classes(known_threshold(home, categories), categories.task_types)


def choose_features(texts: Sequence[str], labels: Sequence[str]) -> tuple[HeldOut, Encode | None]:
    """The better of two classifiers on held-out examples: without the sentence encoder, or with it if that helps.

    Of many examples, words and characters say enough, and the encoder would cost more than it adds.
    """
    plain = judge_held_out(texts, labels)
    if len(texts) > MAX_CROSS_VALIDATED:
        return plain, None
    embedded = judge_held_out(texts, labels, encode=encode)
    return (embedded, encode) if embedded.macro_f1 >= plain.macro_f1 + LEAST_GAIN else (plain, None)


def encode(texts: Sequence[str]) -> Vectors:
    """The bundled encoder's vectors of the ends of texts: a long one takes a second, and its middle says no more."""
    return sentence_encoder().encode([excerpt(text, head=HEAD, tail=TAIL) for text in texts])
