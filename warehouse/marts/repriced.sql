-- One row per attempt whose cost was priced here: its cost, the same recomputed from tokens and price, the difference.
WITH counted AS (
    SELECT
        attempt_id,
        run_id,
        model,
        price_id,
        cost_usd,
        -- An answer of our own cache, or a failure that the provider counted no tokens of.
        status = 'cached' OR (cost_usd = 0 AND (input_tokens IS NULL OR output_tokens IS NULL)) AS is_unbilled,
        CASE WHEN is_unbilled THEN 0 ELSE input_tokens END AS prompt,
        CASE WHEN is_unbilled THEN 0 ELSE coalesce(cached_tokens, 0) END AS cached,
        CASE WHEN is_unbilled THEN 0 ELSE output_tokens END AS generated
    FROM attempts
    WHERE cost_source = 'priced'
), charged AS (
    SELECT
        counted.attempt_id,
        counted.run_id,
        counted.model,
        counted.price_id,
        counted.cost_usd,
        (counted.prompt - least(counted.cached, counted.prompt))::HUGEINT AS fresh,
        least(counted.cached, counted.prompt)::HUGEINT AS cached,
        counted.generated::HUGEINT AS generated,
        -- Whole numbers: rates in 1e-9 USD per million tokens, so that tokens times rate is in 1e-15 USD.
        (rates.input::DECIMAL(38, 9) * 1000000000)::HUGEINT AS input_rate,
        (coalesce(rates.cached, rates.input)::DECIMAL(38, 9) * 1000000000)::HUGEINT AS cached_rate,
        (rates.output::DECIMAL(38, 9) * 1000000000)::HUGEINT AS output_rate
    FROM counted
    LEFT JOIN rates USING (price_id)
), summed AS (
    SELECT
        attempt_id,
        run_id,
        model,
        price_id,
        cost_usd,
        (CASE WHEN fresh = 0 THEN 0 ELSE fresh * input_rate END)
        + (CASE WHEN cached = 0 THEN 0 ELSE cached * cached_rate END)
        + (CASE WHEN generated = 0 THEN 0 ELSE generated * output_rate END) AS amount
    FROM charged
), rounded AS (
    SELECT
        attempt_id,
        run_id,
        model,
        price_id,
        cost_usd,
        -- Half to even at the ninth decimal, as the price was computed.
        (
            amount // 1000000
            + CASE
                WHEN amount % 1000000 > 500000 THEN 1
                WHEN amount % 1000000 = 500000 THEN (amount // 1000000) % 2
                ELSE 0
            END
        ) AS nanos
    FROM summed
), repriced AS (
    SELECT
        attempt_id,
        run_id,
        model,
        price_id,
        cost_usd,
        (nanos::DECIMAL(28, 0) * 0.000000001::DECIMAL(10, 9))::DECIMAL(18, 9) AS repriced_usd
    FROM rounded
)
SELECT
    attempt_id,
    run_id,
    model,
    price_id,
    cost_usd,
    repriced_usd,
    (cost_usd - repriced_usd)::DECIMAL(18, 9) AS difference_usd
FROM repriced
