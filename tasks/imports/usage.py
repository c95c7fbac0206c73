"""Importing a provider's usage: buckets that keep their origin and never count as attempts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import pairwise

from policies.errors import BadInputError
from tasks.identifiers import digest
from tasks.imports.names import Names
from tasks.imports.outcome import NameUse, Refused, Summary, n_bad_rows, refuse_bad
from tasks.imports.requests import UsageRequest, load_names
from tasks.imports.writing import ImportRun, hash_file, land_pending, write_import
from tasks.settings import Settings, check_home, made_home
from warehouse.home import Home
from warehouse.imports.known import Cut, known_ids, usage_conflict
from warehouse.imports.usage import USAGE_PROVIDER, USAGE_SOURCE, ForeignUsage, UsageExport, read_usage
from warehouse.records import UsageImported


def import_usage(request: UsageRequest, settings: Settings, *, now: datetime) -> Summary:
    """Import an export of usage or costs; importing it again adds nothing, a later state of a bucket replaces it.

    Raises `BadInputError` before anything is written: as `import_calls`, and where the ledger has the same period in
    another grouping, since sums of both would count everything twice.
    """
    home = Home(settings.home.absolute())
    check_home(home)
    names = load_names(request.names, settings)
    land_pending(home)
    with read_usage(request.file, now=now) as export:
        refused = Refused(str(request.file), export.staging.unit, export.bad)
        refuse_bad([refused], n_good=len(export.buckets), is_skipping=request.is_skipping)
        for category in sorted({bucket.category for bucket in export.buckets}):
            refuse_other_cut(request, home, [one for one in export.buckets if one.category == category])
        return write_usage(request, export, home, names=names, now=now)


def refuse_other_cut(request: UsageRequest, home: Home, buckets: Sequence[ForeignUsage]) -> None:
    """Raise `BadInputError` where one category is cut in two ways, by the export itself or by it and the ledger."""
    periods = sorted({(one.started_at, one.ended_at) for one in buckets})
    for (_, over), (begun, _) in pairwise(periods):
        if begun < over:
            problem = "has periods that overlap: their sums would count requests twice"
            raise BadInputError(problem, file=request.file, field=buckets[0].category, value=begun.isoformat())
    cut = Cut(USAGE_SOURCE, buckets[0].category, request.account, buckets[0].grouped_by, tuple(periods))
    known = usage_conflict(home, cut)
    if known is not None:
        problem = (
            f"the ledger has this from {known.started_at:%Y-%m-%d %H:%M} to {known.ended_at:%Y-%m-%d %H:%M}, "
            f"by {known.grouped_by or 'nothing'}, and by both it would count twice; --account tells accounts apart"
        )
        raise BadInputError(problem, file=request.file, field=cut.category, value=f"by {cut.grouped_by or 'nothing'}")


@dataclass(frozen=True, slots=True)
class Keys:
    """A bucket's own key, and that of its figures."""

    bucket_id: str
    usage_id: str


def keys_of(bucket: ForeignUsage, account: str | None) -> Keys:
    """The keys of a bucket, told from the next by its start; persons and keys that it names stay in the hash."""
    parts = (USAGE_SOURCE, account or "", bucket.category, bucket.grouped_by, bucket.groups_json)
    bucket_id = digest("imported bucket", *parts, bucket.started_at.isoformat())
    figures = (
        bucket.ended_at,
        bucket.n_requests,
        bucket.input_tokens,
        bucket.output_tokens,
        bucket.cached_tokens,
        bucket.cost_usd,
    )
    return Keys(bucket_id, digest("imported usage", bucket_id, *(str(figure) for figure in figures)))


def usage_record(
    bucket: ForeignUsage, request: UsageRequest, *, run_id: str, names: Names, now: datetime
) -> UsageImported:
    """The record of one bucket."""
    keys = keys_of(bucket, request.account)
    model = None if bucket.foreign_model is None else names.model(bucket.foreign_model, provider=USAGE_PROVIDER).name
    return UsageImported(
        usage_id=keys.usage_id,
        bucket_id=keys.bucket_id,
        run_id=run_id,
        origin=USAGE_SOURCE,
        category=bucket.category,
        grouped_by=bucket.grouped_by,
        account=request.account,
        provider=USAGE_PROVIDER,
        model=model,
        foreign_model=bucket.foreign_model,
        line_item=bucket.line_item,
        is_batch=bucket.is_batch,
        started_at=bucket.started_at,
        ended_at=bucket.ended_at,
        n_requests=bucket.n_requests,
        input_tokens=bucket.input_tokens,
        output_tokens=bucket.output_tokens,
        cached_tokens=bucket.cached_tokens,
        cost_usd=bucket.cost_usd,
        imported_at=now,
    )


def write_usage(request: UsageRequest, export: UsageExport, home: Home, *, names: Names, now: datetime) -> Summary:
    """Write the buckets that are new or have changed, and tell what was done."""
    known = known_ids(home, "known_usage", [keys_of(one, request.account).usage_id for one in export.buckets])
    new = [one for one in export.buckets if keys_of(one, request.account).usage_id not in known]
    n_bad = len({row.number for row in export.bad})
    run = ImportRun(USAGE_SOURCE, hash_file(request.file), len(new), n_bad, now)
    if new:
        records = (usage_record(one, request, run_id=run.run_id, names=names, now=now) for one in new)
        write_import(made_home(home), run, records, ended_at=now)
    refused = Refused(str(request.file), export.staging.unit, export.bad)
    return Summary(
        source=USAGE_SOURCE,
        run_id=run.run_id,
        rows=export.staging.n_rows,
        imported=len(new),
        known=len(known),
        repeated=export.repeated,
        left_out=export.left_out,
        bad_rows=n_bad_rows([refused]),
        cost_usd=sum((one.cost_usd for one in new if one.cost_usd is not None), Decimal(0)),
        of_unknown_cost=sum(one.cost_usd is None for one in new),
        models=uses_of(new, names),
        bad=(refused,) if refused.rows else (),
    )


def uses_of(buckets: Iterable[ForeignUsage], names: Names) -> tuple[NameUse, ...]:
    """The models' names as they came and as they were understood."""
    counted = Counter(one.foreign_model for one in buckets if one.foreign_model is not None)
    meant = [(foreign, names.model(foreign, provider=USAGE_PROVIDER), n) for foreign, n in counted.most_common()]
    return tuple(NameUse(foreign, model.name, model.is_known, n) for foreign, model, n in meant)
