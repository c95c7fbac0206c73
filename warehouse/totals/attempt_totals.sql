-- One row per UTC day, origin, provider, model and status of attempts: what the attempts add up to.
SELECT
    (started_at AT TIME ZONE 'UTC')::DATE AS day,
    origin,
    provider,
    model,
    status,
    count(*) AS attempts,
    count(input_tokens) AS attempts_of_known_input,
    count(output_tokens) AS attempts_of_known_output,
    count(cached_tokens) AS attempts_of_known_cache,
    count(cost_usd) AS attempts_of_known_cost,
    coalesce(sum(input_tokens), 0)::BIGINT AS input_tokens,
    coalesce(sum(output_tokens), 0)::BIGINT AS output_tokens,
    coalesce(sum(cached_tokens), 0)::BIGINT AS cached_tokens,
    coalesce(sum(cost_usd), 0)::DECIMAL(18, 9) AS cost_usd
FROM query_table(attempts_name)
GROUP BY ALL
