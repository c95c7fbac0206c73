-- One row: the first bucket of the ledger that overlaps a new one and cuts the same usage in another way; none if all fit.
WITH new AS (
    SELECT
        unnest($starts::TIMESTAMPTZ[]) AS begun,
        unnest($ends::TIMESTAMPTZ[]) AS over
)
SELECT
    known.grouped_by,
    known.started_at,
    known.ended_at
FROM imported_usage AS known
JOIN new ON known.started_at < new.over AND known.ended_at > new.begun
WHERE
    known.origin = $origin
    AND known.category = $category
    AND known.account IS NOT DISTINCT FROM $account
    -- A period that was not over yet may be replaced by the whole of it.
    AND (known.grouped_by <> $grouped_by OR known.started_at <> new.begun OR known.ended_at > new.over)
ORDER BY known.started_at, known.ended_at, known.grouped_by
LIMIT 1
