-- One row per UTC day, provider and model: attempts, tokens and cost.
SELECT
    day,
    provider,
    model,
    sum(attempts)::BIGINT AS attempts,
    coalesce(sum(attempts) FILTER (WHERE status NOT IN ('ok', 'cached', 'unknown')), 0)::BIGINT AS failed_attempts,
    coalesce(sum(attempts) FILTER (WHERE status = 'unknown'), 0)::BIGINT AS unfinished_attempts,
    CASE WHEN sum(attempts_of_known_input) > 0 THEN sum(input_tokens)::BIGINT END AS input_tokens,
    CASE WHEN sum(attempts_of_known_output) > 0 THEN sum(output_tokens)::BIGINT END AS output_tokens,
    CASE WHEN sum(attempts_of_known_cache) > 0 THEN sum(cached_tokens)::BIGINT END AS cached_tokens,
    sum(cost_usd)::DECIMAL(18, 9) AS known_cost_usd,
    CASE WHEN sum(attempts_of_known_cost) = sum(attempts) THEN sum(cost_usd)::DECIMAL(18, 9) END AS cost_usd,
    (sum(attempts) - sum(attempts_of_known_cost))::BIGINT AS attempts_of_unknown_cost
FROM attempt_totals
GROUP BY day, provider, model
