-- One row: the scores as a whole, and how many break each rule.
WITH checked AS (
    SELECT
        score_id,
        score,
        source,
        scored_by,
        scored_at,
        NOT EXISTS (SELECT 1 FROM attempts WHERE attempts.call_id = scores.call_id) AS is_dangling
    FROM scores
)
SELECT
    count(*) AS n_rows,
    count(*) - count(DISTINCT score_id) AS repeated_ids,
    -- What another process wrote may land a little after what it is referred to by.
    count(*) FILTER (is_dangling AND scored_at < $ran_at::TIMESTAMPTZ - INTERVAL 5 MINUTE) AS dangling_calls,
    -- NaN is above every number to DuckDB, so the last comparison finds it too.
    count(*) FILTER (score IS NULL OR score < 0 OR score > 1) AS impossible_scores,
    count(*) FILTER (source IS NULL OR source NOT IN ('check', 'judge', 'human')) AS unknown_sources,
    count(*) FILTER (source = 'human' AND scored_by IS NULL) AS anonymous_people,
    count(*) FILTER (scored_at > $ran_at::TIMESTAMPTZ + INTERVAL 5 MINUTE) AS future_times
FROM checked
