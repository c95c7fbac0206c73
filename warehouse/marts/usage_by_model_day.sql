-- One row per UTC day, origin, provider and model: our attempts, imported ones and a provider's own sums, side by side.
-- Different origins may have counted the same requests: compare them, never add them up.
WITH latest AS (
    SELECT
        origin,
        category,
        provider,
        model,
        started_at,
        n_requests,
        input_tokens,
        output_tokens,
        cached_tokens,
        cost_usd
    FROM imported_usage
    QUALIFY row_number() OVER (PARTITION BY bucket_id ORDER BY imported_at DESC, usage_id) = 1
), counted AS (
    SELECT
        day,
        origin,
        provider,
        model,
        attempts AS requests,
        CASE WHEN attempts_of_known_input > 0 THEN input_tokens END AS input_tokens,
        CASE WHEN attempts_of_known_output > 0 THEN output_tokens END AS output_tokens,
        CASE WHEN attempts_of_known_cache > 0 THEN cached_tokens END AS cached_tokens,
        CASE WHEN attempts_of_known_cost > 0 THEN cost_usd END AS cost_usd,
        attempts_of_known_cost < attempts AS is_cost_unknown
    FROM attempt_totals
    UNION ALL
    SELECT
        (started_at AT TIME ZONE 'UTC')::DATE AS day,
        origin,
        provider,
        model,
        n_requests AS requests,
        input_tokens,
        output_tokens,
        cached_tokens,
        cost_usd,
        -- Usage is exported without costs, and costs without usage: neither makes the other's unknown.
        category = 'costs' AND cost_usd IS NULL AS is_cost_unknown
    FROM latest
)
SELECT
    day,
    origin,
    provider,
    model,
    sum(requests)::BIGINT AS requests,
    sum(input_tokens)::BIGINT AS input_tokens,
    sum(output_tokens)::BIGINT AS output_tokens,
    sum(cached_tokens)::BIGINT AS cached_tokens,
    sum(cost_usd)::DECIMAL(18, 9) AS known_cost_usd,
    CASE WHEN NOT bool_or(is_cost_unknown) THEN sum(cost_usd)::DECIMAL(18, 9) END AS cost_usd
FROM counted
GROUP BY day, origin, provider, model
