-- One row per row of an export of calls: its values as what they are, and everything that is wrong with them.
WITH cast_ AS (
    SELECT
        * EXCLUDE (prompt, response),
        as_count(input_tokens) AS n_input,
        as_count(output_tokens) AS n_output,
        as_count(cached_tokens) AS n_cached,
        as_usd(cost) AS usd,
        as_time(started) AS begun,
        as_time(ended) AS over,
        as_seconds(duration_ms) / 1000 AS duration_s
    FROM mapped
)
SELECT
    line,
    left_out,
    foreign_id,
    item_id,
    step,
    [label FOR label IN labels IF label IS NOT NULL] AS labels,
    task_hint,
    foreign_model,
    model_group,
    provider,
    -- An answer that nobody saw the end of is an attempt of unknown outcome.
    CASE WHEN status = 'ok' AND over IS NULL THEN 'unknown' ELSE status END AS status,
    error_type,
    error_message,
    n_input AS input_tokens,
    n_output AS output_tokens,
    n_cached AS cached_tokens,
    -- These tools write 0 where they know no price; an amount that only rounds to 0 is known.
    CASE WHEN try_cast(cost AS DOUBLE) = 0 AND status IN ('ok', 'unknown') AND $is_zero_unknown THEN NULL ELSE usd END AS cost_usd,
    coalesce(duration_s, date_diff('microsecond', begun, over) / 1000000) AS latency_s,
    begun AS started_at,
    over AS ended_at,
    row_number() OVER (PARTITION BY foreign_id ORDER BY line) > 1 AND left_out IS NULL AS is_repeated,
    [
        found FOR found IN [
            complaint(foreign_id IS NULL, 'id', NULL, 'is required'),
            complaint(length(foreign_id) > 200, 'id', foreign_id, 'is longer than 200 characters'),
            complaint(regexp_matches(foreign_id, '[[:cntrl:]]|^[\[{]'), 'id', foreign_id, 'must be printable text'),
            complaint(foreign_model IS NULL, 'model', NULL, 'is required'),
            complaint(length(foreign_model) > 200, 'model', foreign_model, 'is longer than 200 characters'),
            complaint(regexp_matches(foreign_model, '[[:cntrl:]]|^[\[{]'), 'model', foreign_model, 'must be printable text'),
            complaint(
                status NOT IN ('ok', 'error', 'timeout', 'rate_limited', 'cached', 'unknown'),
                'status', status, 'must be success or failure'
            ),
            complaint(input_tokens IS NOT NULL AND n_input IS NULL, 'input', input_tokens, 'must be a count'),
            complaint(output_tokens IS NOT NULL AND n_output IS NULL, 'output', output_tokens, 'must be a count'),
            complaint(cached_tokens IS NOT NULL AND n_cached IS NULL, 'cached', cached_tokens, 'must be a count'),
            complaint(n_cached > n_input, 'cached', cached_tokens, 'must not be more than the prompt''s tokens'),
            complaint(cost IS NOT NULL AND usd IS NULL, 'cost', cost, 'must be an amount in USD'),
            complaint(usd < 0, 'cost', cost, 'must not be below 0'),
            complaint(usd > max_usd(), 'cost', cost, 'must not be above 1000000 USD'),
            complaint(started IS NULL, 'started', NULL, 'is required'),
            complaint(started IS NOT NULL AND begun IS NULL, 'started', started, 'must be a time'),
            complaint(NOT is_likely_time(begun, $now::TIMESTAMPTZ), 'started', started, 'must lie between 2015 and now'),
            complaint(ended IS NOT NULL AND over IS NULL, 'ended', ended, 'must be a time'),
            complaint(over < begun, 'ended', ended, 'must not lie before its start'),
            complaint(NOT is_likely_time(over, $now::TIMESTAMPTZ), 'ended', ended, 'must lie between 2015 and now'),
            complaint(
                duration_ms IS NOT NULL AND (duration_s IS NULL OR NOT isfinite(duration_s) OR duration_s < 0),
                'duration', duration_ms, 'must be milliseconds, at least 0'
            )
        ] IF found IS NOT NULL
    ] AS complaints
FROM cast_
