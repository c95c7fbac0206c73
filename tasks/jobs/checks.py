"""What is checked of a job beyond its schema: that everything it names is there. Each check yields what is wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from policies.documents import Document, null_keys
from policies.documents import Path as DocumentPath
from policies.errors import BadInputError
from policies.types import AUTO, UNROUTED_TASK_TYPES, Catalogue
from tasks.jobs.corpora import locate_corpus
from tasks.jobs.credits import final_step
from tasks.jobs.graph import ancestors, find_cycle
from tasks.jobs.images import is_reference
from tasks.jobs.outputs import check_output_schema
from tasks.jobs.schema import Job, Step
from tasks.jobs.steps import LlmStep, RetrieveStep, TransformStep
from tasks.jobs.templates import compile_template
from tasks.judges.reading import check_judges
from tasks.scorers.searching import check_pattern

JobDocument: TypeAlias = Document[Job]


@dataclass(frozen=True, slots=True)
class Known:
    """What a job may refer to: task types, models, and folders inside `roots`, relative ones from `base`.

    `catalogue_file` is what errors call the file that the task types and the models are from. `rubrics` are the texts
    of rubric files as a run has pinned them, by their paths; None: they are read.
    """

    task_types: frozenset[str]
    model_names: frozenset[str]
    base: Path
    roots: tuple[Path, ...]
    catalogue_file: str = "the catalogue"
    rubrics: Mapping[str, str] | None = None

    @classmethod
    def of(cls, catalogue: Catalogue, *, base: Path, roots: Sequence[Path]) -> Known:
        """What a catalogue offers to a job that lies in `base`."""
        names = frozenset(model.name for model in catalogue.models)
        return cls(catalogue.task_types, names, base=base, roots=tuple(roots), catalogue_file=catalogue.file)


def check_job(document: JobDocument, known: Known) -> Iterator[BadInputError]:
    """Everything that is wrong; nothing of a job with steps or corpora that don't fit, which others may name."""
    if document.left_out:
        return
    nulls = list(null_keys(document))
    yield from nulls
    if nulls:  # what is meant is not known
        return
    yield from check_text_fields(document)
    yield from check_policy(document, ("policy",), document.content.policy, known)
    yield from check_corpora(document, known)
    tangles = list(check_needs(document))
    yield from tangles
    if tangles:  # what runs before what is not known
        return
    yield from check_credit(document)
    visible = ancestors(document.content)
    for number, step in enumerate(document.content.steps):
        path: DocumentPath = ("steps", number)
        yield from check_kind(document, path, step, known)
        yield from check_templates(document, path, step, visible[step.name])
        yield from check_references(document, path, step, visible[step.name])
        yield from check_scorers(document, path, step)
    yield from check_judges(document, known)


def check_text_fields(document: JobDocument) -> Iterator[BadInputError]:
    """No field stands twice: its text would be counted and read twice."""
    fields = document.content.input.text_fields
    for number, name in enumerate(fields):
        if name in fields[:number]:
            yield document.error(("input", "text_fields", number), "stands twice", value=name)


def placed(document: JobDocument, path: DocumentPath, error: BadInputError) -> BadInputError:
    """`error` with the place that it lacks."""
    if error.value is None:
        return document.error(path, error.problem)
    return document.error(path, error.problem, value=error.value)


def check_policy(
    document: JobDocument, path: DocumentPath, policy: str | None, known: Known
) -> Iterator[BadInputError]:
    """`fixed:MODEL` names a model of the catalogue."""
    model = (policy or "").removeprefix("fixed:")
    if policy is not None and policy.startswith("fixed:") and model not in known.model_names:
        yield document.error(path, f"{known.catalogue_file} has no model {model!r}", value=policy)


def check_corpora(document: JobDocument, known: Known) -> Iterator[BadInputError]:
    """Every folder is there, inside the roots."""
    for name, spec in document.content.corpora.items():
        try:
            locate_corpus(spec, base=known.base, roots=known.roots)
        except BadInputError as error:
            yield placed(document, ("corpora", name, "folder"), error)


def check_needs(document: JobDocument) -> Iterator[BadInputError]:
    """Names of steps are unique, needs exist, and nothing waits for itself."""
    names = [step.name for step in document.content.steps]
    repeated = [number for number, name in enumerate(names) if name in names[:number]]
    for number in repeated:
        yield document.error(("steps", number, "name"), "another step has this name", value=names[number])
    for number, step in enumerate(document.content.steps):
        for need in step.needs or ():
            if need not in names:
                yield document.error(
                    ("steps", number, "needs"), f"there is no step {need!r}", value=list(step.needs or ())
                )
    cycle = () if repeated else find_cycle(document.content)
    if cycle:
        number = next(n for n, step in enumerate(document.content.steps) if step.needs and step.name in cycle)
        yield document.error(("steps", number, "needs"), f"steps need each other in a circle: {' → '.join(cycle)}")


def check_credit(document: JobDocument) -> Iterator[BadInputError]:
    """The final step is an llm step, and a step with `credit` leads to it."""
    job = document.content
    named = [step for step in job.steps if step.name == job.final_step]
    if job.final_step is not None and not any(isinstance(step, LlmStep) for step in named):
        problem = "is no llm step, so it has no score" if named else f"there is no step {job.final_step!r}"
        yield document.error(("final_step",), problem, value=job.final_step)
        return
    final = final_step(job)
    leading = ancestors(job)[final] if final is not None else frozenset()
    for number, step in enumerate(job.steps):
        if isinstance(step, LlmStep) and step.credit and step.name not in leading:
            problem = f"the job's final step {final!r} does not need this one: name another by final_step"
            if step.name == final:
                problem = (
                    "is the credit of the job's final step, whose score is the final one: name another by final_step"
                )
            yield document.error(("steps", number, "credit"), problem, value=step.credit)
        if isinstance(step, LlmStep) and step.credit and step.cascade is not None:
            problem = "goes with no cascade: what came of an answer that its check did not pass is another model's"
            yield document.error(("steps", number, "credit"), problem, value=step.credit)


def check_kind(document: JobDocument, path: DocumentPath, step: Step, known: Known) -> Iterator[BadInputError]:
    """What a step of its kind names: a corpus, a task type, a policy, a schema."""
    if isinstance(step, RetrieveStep) and step.corpus not in document.content.corpora:
        yield document.error((*path, "corpus"), "the job has no such corpus", value=step.corpus)
    if not isinstance(step, LlmStep):
        return
    yield from check_task_type(document, (*path, "task_type"), step.task_type, known)
    yield from check_policy(document, (*path, "policy"), step.policy, known)
    if step.judge is not None:
        yield from check_policy(document, (*path, "judge", "policy"), step.judge.policy, known)
    if step.output is not None:
        try:
            check_output_schema(step.output)
        except BadInputError as error:
            yield placed(document, (*path, "output"), error)


def check_task_type(document: JobDocument, path: DocumentPath, task_type: str, known: Known) -> Iterator[BadInputError]:
    """A task type that is known, and that a model can be asked for by a prompt."""
    if task_type in UNROUTED_TASK_TYPES:
        yield document.error(path, "is what a retrieve step does; an llm step answers a prompt", value=task_type)
    elif task_type not in {*known.task_types, AUTO}:
        there = ", ".join([*sorted(known.task_types - UNROUTED_TASK_TYPES), AUTO])
        yield document.error(path, f"no such task type; there are {there}", value=task_type)


def check_templates(
    document: JobDocument, path: DocumentPath, step: Step, visible: frozenset[str]
) -> Iterator[BadInputError]:
    """Every template can be read, and names only steps that have run before; what is sent or searched for shows."""
    for field, source in templates_of(step):
        try:
            compiled = compile_template(source)
        except BadInputError as error:
            yield placed(document, (*path, *field), error)
            continue
        if compiled.is_blank and field != ("template",):
            yield document.error((*path, *field), "renders to nothing but blanks, whatever the item", value=source)
        for name in sorted(compiled.steps):
            yield from check_visible(document, (*path, *field), name, visible)


def check_visible(
    document: JobDocument, path: DocumentPath, name: str, visible: frozenset[str]
) -> Iterator[BadInputError]:
    """A step that is referred to has run before: it is needed, directly or further up."""
    if name in visible:
        return
    names = {step.name for step in document.content.steps}
    problem = "does not run before this one: put it under needs" if name in names else "does not exist"
    yield document.error(path, f"step {name!r} {problem}")


def templates_of(step: Step) -> Iterator[tuple[DocumentPath, str]]:
    """Each template of a step, with the path to it."""
    if isinstance(step, RetrieveStep):
        yield ("query",), step.query
    elif isinstance(step, LlmStep):
        if step.prompt.system is not None:
            yield ("prompt", "system"), step.prompt.system
        yield ("prompt", "user"), step.prompt.user
        for number, entry in enumerate(step.prompt.images):
            if not is_reference(entry):
                yield ("prompt", "images", number), entry
        if step.category is not None:
            yield ("category",), step.category
    elif step.template is not None:
        yield ("template",), step.template


def references_of(step: Step) -> Iterator[tuple[DocumentPath, str]]:
    """Each reference of a step's operator and scorers, with the path to it."""
    if isinstance(step, TransformStep) and step.of is not None:
        yield ("of",), step.of
    for number, entry in enumerate(step.prompt.images if isinstance(step, LlmStep) else ()):
        if is_reference(entry):
            yield ("prompt", "images", number), entry
    for number, spec in enumerate(step.scorers):
        for reference in spec.references():
            yield ("scorers", number), reference
    judge = step.judge if isinstance(step, LlmStep) else None
    for name, named in (("against", judge.against), ("reference", judge.reference)) if judge is not None else ():
        if named is not None:
            yield ("judge", name), named


def check_references(
    document: JobDocument, path: DocumentPath, step: Step, visible: frozenset[str]
) -> Iterator[BadInputError]:
    """References name steps that have run before; a scorer may not look at its own step by name."""
    for field, reference in references_of(step):
        root, name, *_ = reference.split(".")
        if root == "steps":
            yield from check_visible(document, (*path, *field), name, visible)


def check_scorers(document: JobDocument, path: DocumentPath, step: Step) -> Iterator[BadInputError]:
    """Scorers that fit the kind of their step."""
    for number, spec in enumerate(step.scorers):
        here = (*path, "scorers", number)
        if spec.scorer == "json_schema" and not (isinstance(step, LlmStep) and step.output is not None):
            yield document.error(here, "scorer json_schema needs the step's 'output'")
        if spec.scorer == "retrieved" and not isinstance(step, RetrieveStep):
            yield document.error(here, "scorer retrieved belongs to a retrieve step")
        if spec.pattern is not None:
            try:
                check_pattern(spec.pattern)
            except BadInputError as error:
                yield placed(document, (*here, "pattern"), error)


def item_fields_of(job: Job) -> frozenset[str]:
    """The item's fields that the job's templates can't do without; scorers' references are not among them."""
    needed = {
        name for step in job.steps for _, source in templates_of(step) for name in compile_template(source).item_fields
    }
    references = [
        *(step.of for step in job.steps if isinstance(step, TransformStep) and step.of is not None),
        *(e for step in job.steps if isinstance(step, LlmStep) for e in step.prompt.images if is_reference(e)),
    ]
    return frozenset(needed) | {one.split(".")[1] for one in references if one.startswith("item.")}
