"""`embedded/extract`: answers that are taken from the prompt's passages, never generated."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tasks.models.client import Message
from tasks.models.default_values import default_of
from tasks.models.evidence import Judge, JudgedPassage, best_sentence, judge_passages
from tasks.models.extractive_schema import Findings, fill_schema
from tasks.models.questions import NEGATION, Kind, asked_argument, identifiers, kind_of
from tasks.models.reading import ReadPrompt, read_prompt
from tasks.models.signatures import asked_parameter, defaults_of
from tasks.retrieval.words import split_words

NOT_FOUND = "not in the passages"
MIN_LOGIT = -3.5  # below it, no passage is about the question
ORDINALS = frozenset(
    "first second third last next other only one same any no an the keyword positional optional".split()  # noqa: SIM905
)
ASKING = frozenset(  # words of questions, not of their subjects
    "function method class question name default value called python use used using want need get".split()  # noqa: SIM905
)
PIECE = re.compile(r"\w+|[^\w\s]")


@dataclass(frozen=True, slots=True)
class Extract:
    """An extracted answer and its token counts by `count_tokens`."""

    text: str
    input_tokens: int
    output_tokens: int


def extract(
    messages: Sequence[Message], judge: Judge, *, schema: Mapping[str, object] | None = None, max_tokens: int = 1024
) -> Extract:
    """Answer the prompt from its passages, or with the question's keywords where it has none.

    With a schema the answer is JSON that fits it, or `UnfillableError`. Only plain text is cut at `max_tokens`.
    """
    prompt = read_prompt(messages)
    findings = find(prompt, judge, with_quote=schema is not None)
    if schema is not None:
        text = json.dumps(fill_schema(schema, findings), ensure_ascii=False)
    else:
        text = cut(findings.answer, max_tokens)
    return Extract(text, sum(count_tokens(message.content) for message in messages), count_tokens(text))


def find(prompt: ReadPrompt, judge: Judge, *, with_quote: bool = True) -> Findings:
    """The answer, the sentence that supports it (judging takes a while: only if wanted), and its passage."""
    keywords = keywords_of(prompt.question)
    if not prompt.passages:
        return Findings(answer=keywords, quote="", name="", passage=0, keywords=keywords, logit=0.0, is_found=False)
    judged = judge_passages(prompt, judge)
    kind = kind_of(prompt.question)
    judged = sorted(judged, key=lambda each: (each.rank_key[0] - fitness(each, kind, prompt), each.rank_key[1]))
    best = judged[0]
    is_found = max(each.logit + max(each.bonus, 0.0) for each in judged) >= MIN_LOGIT and not names_a_stranger(prompt)
    answer, best = answer_of(kind, prompt, judged, judge) if is_found else (NOT_FOUND, best)
    return Findings(
        answer=prompt.answer or answer,
        quote=best_sentence(best.passage, prompt, judge) if with_quote else "",
        name=best.passage.name,
        passage=best.passage.number,
        keywords=keywords,
        logit=best.logit,
        is_found=is_found,
    )


def answer_of(
    kind: Kind, prompt: ReadPrompt, judged: Sequence[JudgedPassage], judge: Judge
) -> tuple[str, JudgedPassage]:
    """The short answer by the question's kind, and the passage that it comes from."""
    best = judged[0]
    if kind in ("default", "sentence") and (found := default_of(prompt.question, judged)):
        return found
    if kind == "yes_no":
        return yes_or_no(prompt, best, judge), best
    if kind == "choice" and (option := chosen_option(prompt.question, judged)):
        return option
    if kind == "name" and best.passage.heading:
        return best.passage.name, best
    return " ".join(best_sentence(best.passage, prompt, judge).split()), best


def yes_or_no(prompt: ReadPrompt, best: JudgedPassage, judge: Judge) -> str:
    """A guess by evidence: a switch's default value where the question names it, else whether negations agree."""
    defaults = defaults_of(best.passage.heading)
    parameter = asked_parameter(prompt.question, defaults)
    if parameter and defaults[parameter] in ("True", "False"):
        return "yes" if defaults[parameter] == "True" else "no"
    sentence = best_sentence(best.passage, prompt, judge)
    return "no" if bool(NEGATION.search(sentence)) != bool(NEGATION.search(prompt.question)) else "yes"


def chosen_option(question: str, judged: Sequence[JudgedPassage]) -> tuple[str, JudgedPassage] | None:
    """Of the names that the question offers, the one whose passage is judged best by its text alone."""
    offered = {name.lower() for name in identifiers(question)}
    options = [each for each in judged if each.passage.name.lower() in offered]
    best = max(options, key=lambda each: (each.logit, -each.passage.number), default=None)
    return (best.passage.name, best) if best else None


def fitness(each: JudgedPassage, kind: Kind, prompt: ReadPrompt) -> float:
    """Logits for a passage of the sort that is asked for: something callable, a class, a method."""
    if kind != "name" or not each.passage.heading:
        return 0.0
    last = each.passage.name.rsplit(".", 1)[-1]
    is_class = last[:1].isupper()
    question = prompt.question.lower()
    if re.search(r"\bclass\b|\bexception\b", question):
        return 1.0 if is_class else 0.0
    return 1.0 if "(" in each.passage.heading and not is_class else 0.0


def names_a_stranger(prompt: ReadPrompt) -> bool:
    """Whether the question is about dotted names, or an argument, of which no passage knows anything."""
    texts = " ".join(passage.text for passage in prompt.passages).lower()
    words = set(re.findall(r"\w+", texts))
    if (argument := asked_argument(prompt.question)) and argument not in words and argument not in ORDINALS:
        return True
    dotted = [name.lower() for name in identifiers(prompt.question) if "." in name]
    return bool(dotted) and not any(name in texts or set(name.split(".")) <= words for name in dotted)


def keywords_of(question: str) -> str:
    """The words of a question that carry meaning, in order, each once: a search query."""
    words = re.findall(r"[\w.]*\w", question)
    kept = [word for word in words if split_words(word) and word.lower() not in ASKING]
    return " ".join(dict.fromkeys(kept)) or question


def count_tokens(text: str) -> int:
    """Words and punctuation marks, each one token: this model has no vocabulary of its own."""
    return len(PIECE.findall(text))


def cut(text: str, max_tokens: int) -> str:
    """The text up to its `max_tokens`-th token."""
    pieces = list(PIECE.finditer(text))
    return text if len(pieces) <= max_tokens else text[: pieces[max_tokens - 1].end()]
