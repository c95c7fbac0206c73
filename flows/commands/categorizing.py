"""`pointsman categories`: what requests can be classified as, and how well the classifier tells them apart."""

from __future__ import annotations

from collections.abc import Iterator

import typer

from flows.commands.options import AsJson
from flows.printing import print_grid, print_json
from policies.categories import CategoryTable, parse_categories
from policies.model_card import TARGET_ACCURACY, ModelCard
from tasks.classifiers import check_recognisable, read_examples, trained_classifier
from tasks.run_context import load_catalogue
from tasks.settings import current_home, load_settings

COLUMNS = ("category", "task type", "examples", "keywords", "tags")


def categories(as_json: AsJson = False) -> None:
    """Show the categories of the examples, and the classifier's model card; trains it where it is not yet.

    All figures are of held-out examples: each was guessed by a classifier that had not seen it.
    """
    settings = load_settings()
    table = parse_categories(read_examples(settings.examples_folder), catalogue=load_catalogue(settings.catalog_file))
    check_recognisable(table)
    card = trained_classifier(current_home(), table)[1] if any(one.examples for one in table.categories) else None
    if as_json:
        print_json({"categories": table.categories, "version": table.version, "card": card})
        return
    print_grid(COLUMNS, list(rows_of(table)))
    if card is not None:
        typer.echo(tell_card(card))
        print_grid(("true \\ guessed", *card.examples), list(confusion_rows(card)))


def rows_of(table: CategoryTable) -> Iterator[tuple[object, ...]]:
    """One row per category."""
    for one in table.categories:
        yield one.name, one.task_type, len(one.examples), len(one.keywords), ", ".join(sorted(one.tags))


def tell_card(card: ModelCard) -> str:
    """The card in two sentences."""
    encoder = ", with the sentence encoder" if card.is_embedded else ""
    n = sum(card.examples.values())
    figures = f"macro-F1 {card.macro_f1:.3f} and accuracy {card.accuracy:.3f} on {card.n_held_out} held out"
    rights = f"{card.accuracy_answered:.1%} are right (aim: {TARGET_ACCURACY:.0%})"
    return (
        f"Trained from {n} examples ({card.version}){encoder}: {figures}.\n"
        f"Below confidence {card.threshold:.3f} it abstains: it answers {card.coverage:.0%}, of which {rights}."
    )


def confusion_rows(card: ModelCard) -> Iterator[tuple[object, ...]]:
    """One row per true category; 0 is left out."""
    for name, counts in zip(card.examples, card.confusion, strict=True):
        yield name, *(n or "" for n in counts)
