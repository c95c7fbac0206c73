-- One row per UTC day, provider and model: attempts, tokens and cost.
SELECT
    (started_at AT TIME ZONE 'UTC')::DATE AS day,
    provider,
    model,
    count(*) AS attempts,
    count(*) FILTER (WHERE status NOT IN ('ok', 'cached', 'unknown')) AS failed_attempts,
    count(*) FILTER (WHERE status = 'unknown') AS unfinished_attempts,
    sum(input_tokens)::BIGINT AS input_tokens,
    sum(output_tokens)::BIGINT AS output_tokens,
    sum(cached_tokens)::BIGINT AS cached_tokens,
    coalesce(sum(cost_usd), 0)::DECIMAL(18, 9) AS known_cost_usd,
    CASE WHEN count(cost_usd) = count(*) THEN sum(cost_usd)::DECIMAL(18, 9) END AS cost_usd,
    count(*) - count(cost_usd) AS attempts_of_unknown_cost
FROM attempts
GROUP BY ALL
