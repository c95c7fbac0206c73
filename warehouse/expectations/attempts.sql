-- One row: the attempts as a whole, and how many break each rule.
WITH checked AS (
    SELECT
        attempts.attempt_id,
        attempts.status,
        attempts.cost_usd,
        attempts.cost_source,
        attempts.input_tokens,
        attempts.output_tokens,
        attempts.latency_s,
        attempts.started_at,
        attempts.ended_at,
        attempts.origin = 'pointsman'
        AND NOT EXISTS (SELECT 1 FROM decisions WHERE decisions.decision_id = attempts.decision_id) AS is_dangling,
        NOT EXISTS (SELECT 1 FROM prices WHERE prices.price_id = attempts.price_id) AS is_unlisted
    FROM attempts
), mispriced AS (
    SELECT count(*) FILTER (difference_usd <> 0) AS mispriced
    FROM repriced
)
SELECT
    count(*) AS n_rows,
    count(*) - count(DISTINCT attempt_id) AS repeated_ids,
    -- What another process wrote may land a little after what it is referred to by.
    count(*) FILTER (is_dangling AND started_at < $ran_at::TIMESTAMPTZ - INTERVAL 5 MINUTE) AS dangling_decisions,
    count(*) FILTER (
        status IS NULL
        OR status NOT IN ('ok', 'error', 'timeout', 'rate_limited', 'refused', 'unknown', 'cached')
    ) AS unknown_statuses,
    count(*) FILTER (status IN ('ok', 'cached') AND (ended_at IS NULL OR latency_s IS NULL)) AS unfinished_answers,
    count(*) FILTER (cost_usd < 0) AS negative_costs,
    count(*) FILTER (
        (cost_source = 'unknown') <> (cost_usd IS NULL)
        OR (cost_source = 'priced' AND cost_usd > 0 AND (input_tokens IS NULL OR output_tokens IS NULL OR is_unlisted))
    ) AS unaccountable_costs,
    any_value(mispriced.mispriced) AS mispriced,
    count(*) FILTER (latency_s < 0 OR NOT isfinite(latency_s)) AS impossible_latencies,
    count(*) FILTER (ended_at < started_at) AS backward_times,
    count(*) FILTER (started_at > $ran_at::TIMESTAMPTZ + INTERVAL 5 MINUTE) AS future_times,
    -- Younger ones may still be under way.
    count(*) FILTER (status = 'unknown' AND started_at < $ran_at::TIMESTAMPTZ - INTERVAL 10 MINUTE)
    / nullif(count(*), 0) AS unknown_share,
    date_diff('minute', max(started_at), $ran_at::TIMESTAMPTZ) / 60 AS hours_since_last
FROM checked
CROSS JOIN mispriced
