"""The batch of a run: read, checked, sampled, cut into chunks."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import orjson

from policies.draws import draw_uniform
from policies.errors import BadInputError
from tasks.jobs.checks import item_fields_of
from tasks.jobs.paths import resolve_inside
from tasks.jobs.schema import Job
from tasks.run_request import RunRequest
from warehouse.batch import Item, read_items, read_unique
from warehouse.batch_rows import Row
from warehouse.batch_values import JsonValue

INLINE = Path("items")  # what errors call the batch that a request carries itself


def load_batch(request: RunRequest, job: Job, *, roots: Sequence[Path]) -> list[Item]:
    """The items of a request, in the batch's order; raises `BadInputError` that names file, line, field and value."""
    if request.input is not None:
        items = read_file(request.input, roots, id_field=job.input.id_field)
    else:
        items = inline_items(request, id_field=job.input.id_field)
    place = request.input or str(INLINE)
    require_fields(items, job, file=place)
    for item in items:
        require_texts(item, job, file=place)
    return items if request.sample is None else sample_items(items, request.sample, seed=request.seed)


def read_file(path: str, roots: Sequence[Path], *, id_field: str) -> list[Item]:
    """The items of a file in the roots; errors name the field of the request and the path as it was given."""
    try:
        return read_items(resolve_inside(path, roots), id_field=id_field)
    except BadInputError as error:
        raise error.at(field="input") from error


def inline_items(request: RunRequest, *, id_field: str) -> list[Item]:
    """The items that a request carries itself, held to what a file's are; errors count them as the lines of `items`."""
    rows = (Row(number, as_json(fields, number)) for number, fields in enumerate(request.items or (), 1))
    items = list(read_unique(rows, INLINE, id_field=id_field))
    if not items:
        raise BadInputError("the batch is empty", field="items")
    return items


def as_json(fields: Mapping[str, object], number: int) -> dict[str, JsonValue]:
    """An item's fields as a file would hold them; raises `BadInputError` for what can't be written to one."""
    try:
        value: dict[str, JsonValue] = orjson.loads(orjson.dumps(dict(fields)))
    except (TypeError, ValueError) as error:
        raise BadInputError(f"can't be written as JSON: {error}", file=INLINE, line=number) from error
    return value


def require_fields(items: Sequence[Item], job: Job, *, file: str | None) -> None:
    """Raise where no item at all has a field that the job's templates need; where only some lack it, those fail."""
    missing = sorted(item_fields_of(job) - {name for item in items for name in item.fields})
    if missing:
        raise BadInputError("no item has this field, which the job's templates need", file=file, field=missing[0])


def require_texts(item: Item, job: Job, *, file: str | None) -> None:
    """Raise where an item lacks a text that the job needs."""
    for name in job.input.text_fields:
        value = item.fields.get(name)
        if not isinstance(value, str) or not value.strip():
            problem = "must be a text that is not empty"
            raise BadInputError(problem, file=file, line=item.line, field=name, value=value)


def sample_items(items: Sequence[Item], size: int, *, seed: int) -> list[Item]:
    """The `size` items with the lowest draws, in the batch's order: the same ones for the same seed."""
    chosen = sorted(items, key=lambda item: draw_uniform(seed, item.item_id, purpose="sample"))[:size]
    ids = {item.item_id for item in chosen}
    return [item for item in items if item.item_id in ids]


def cut_chunks(items: Sequence[Item], size: int) -> Iterator[Sequence[Item]]:
    """The items in chunks of at most `size`."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


def batch_hash(items: Sequence[Item]) -> str:
    """SHA-256 over the items in their order; raises `BadInputError` for an integer of more than 64 bits."""
    return hashlib.sha256(b"\n".join(content_of(item) for item in items)).hexdigest()


def content_of(item: Item) -> bytes:
    """An item as canonical JSON."""
    try:
        return orjson.dumps([item.item_id, item.fields], option=orjson.OPT_SORT_KEYS)
    except TypeError as error:
        raise BadInputError(f"the item can't be written as JSON: {error}", field=item.item_id) from error
