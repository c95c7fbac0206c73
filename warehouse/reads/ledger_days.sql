-- One row per UTC day, and provider and model as asked: what the ledger has of attempts that somebody bills, and what
-- is uncertain about it.
WITH rated AS (
    SELECT
        (attempts.started_at AT TIME ZONE 'UTC')::DATE AS day,
        CASE WHEN $by_provider THEN attempts.provider END AS provider,
        CASE WHEN $by_model THEN attempts.model END AS model,
        attempts.model AS rated_model,
        attempts.status = 'unknown' AND attempts.cost_usd IS NULL AS is_lost,
        attempts.status <> 'unknown' AND attempts.cost_usd IS NULL AS is_unpriced,
        attempts.cost_usd,
        attempts.reserved_usd,
        attempts.input_tokens,
        attempts.output_tokens,
        attempts.cached_tokens,
        attempts.cost_source = 'priced' AS is_priced,
        rates.input AS input_rate,
        coalesce(rates.cached, rates.input) AS cached_rate,
        attempts.started_at AT TIME ZONE 'UTC' AS begun,
        coalesce(attempts.ended_at, attempts.started_at) AT TIME ZONE 'UTC' AS over
    FROM attempts
    LEFT JOIN rates USING (price_id)
    WHERE
        attempts.started_at >= $since::DATE::TIMESTAMP AT TIME ZONE 'UTC'
        AND attempts.started_at < ($until::DATE + INTERVAL 1 DAY)::TIMESTAMP AT TIME ZONE 'UTC'
        AND (len($providers::VARCHAR[]) = 0 OR attempts.provider IN (SELECT unnest($providers::VARCHAR[])))
        AND (len($origins::VARCHAR[]) = 0 OR attempts.origin IN (SELECT unnest($origins::VARCHAR[])))
        -- Notional prices are billed by nobody.
        AND NOT coalesce(rates.is_notional, false)
), known AS (
    -- The price that a model was last seen with stands in where an attempt's own was not known.
    SELECT model, input, output, coalesce(cached, input) AS cached
    FROM prices
    WHERE NOT is_notional AND input IS NOT NULL AND output IS NOT NULL
    QUALIFY row_number() OVER (PARTITION BY model ORDER BY valid_from DESC) = 1
)
SELECT
    rated.day,
    rated.provider,
    rated.model,
    count(*) AS attempts,
    coalesce(sum(rated.cost_usd), 0)::DECIMAL(18, 9) AS cost_usd,
    sum(rated.input_tokens)::BIGINT AS input_tokens,
    sum(rated.output_tokens)::BIGINT AS output_tokens,
    sum(rated.cached_tokens)::BIGINT AS cached_tokens,
    count(*) FILTER (WHERE rated.is_lost) AS lost,
    coalesce(sum(rated.reserved_usd) FILTER (WHERE rated.is_lost), 0)::DECIMAL(18, 9) AS lost_reserved_usd,
    count(*) FILTER (WHERE rated.is_lost AND rated.reserved_usd IS NULL) AS lost_unbounded,
    count(*) FILTER (WHERE rated.is_unpriced) AS unpriced,
    -- In USD per million tokens times tokens: a millionth of it is USD.
    coalesce(
        sum(
            (rated.input_tokens - coalesce(rated.cached_tokens, 0)) * known.input
            + coalesce(rated.cached_tokens, 0) * known.cached
            + rated.output_tokens * known.output
        ) FILTER (WHERE rated.is_unpriced),
        0
    )::DECIMAL(38, 9) AS unpriced_micro_usd,
    count(*) FILTER (
        WHERE rated.is_unpriced AND (known.input IS NULL OR rated.input_tokens IS NULL OR rated.output_tokens IS NULL)
    ) AS unpriced_unbounded,
    coalesce(sum(rated.cached_tokens * rated.cached_rate) FILTER (WHERE rated.is_priced), 0)::DECIMAL(38, 9)
        AS cached_charge_micro_usd,
    coalesce(
        sum(rated.cached_tokens * greatest(rated.input_rate - rated.cached_rate, 0)) FILTER (WHERE rated.is_priced), 0
    )::DECIMAL(38, 9) AS cached_discount_micro_usd,
    coalesce(
        sum(rated.cost_usd) FILTER (WHERE rated.begun < rated.day + to_seconds($boundary_s)), 0
    )::DECIMAL(18, 9) AS early_usd,
    coalesce(
        sum(rated.cost_usd) FILTER (
            WHERE greatest(rated.begun, rated.over) >= rated.day + INTERVAL 1 DAY - to_seconds($boundary_s)
        ),
        0
    )::DECIMAL(18, 9) AS late_usd
FROM rated
LEFT JOIN known ON known.model = rated.rated_model
GROUP BY rated.day, rated.provider, rated.model
ORDER BY rated.day, rated.provider, rated.model
