"""What each source's objects hold: one row each, or pages of buckets of results."""

from __future__ import annotations

from collections.abc import Iterator

from warehouse.imports.rows import Object


def itself(row: Object) -> Iterator[Object]:
    """An object is one row."""
    yield row


def bucket_results(found: Object) -> Iterator[Object]:
    """A page's buckets, or a bucket's results, each with the bucket's period; a flat object is one row.

    OpenAI's usage and costs endpoints return pages of buckets of results; an older reference calls `results` `result`.
    """
    kind = found.get("object")
    inside = found.get("data") if kind == "page" else found.get("results", found.get("result"))
    if kind not in ("page", "bucket") or not isinstance(inside, list):
        yield found  # a page or bucket that holds nothing to list is refused as the row that it is not
        return
    period: Object = {name: found[name] for name in ("start_time", "end_time") if name in found}
    for member in inside:
        whole: Object = {**member, **period} if isinstance(member, dict) else {"object": member}
        yield from bucket_results(whole)
