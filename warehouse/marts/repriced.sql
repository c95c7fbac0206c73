-- One row per attempt whose cost was priced here: its cost, the same recomputed from tokens and price, the difference.
WITH charged AS (
    SELECT
        attempts.attempt_id,
        attempts.run_id,
        attempts.model,
        attempts.price_id,
        attempts.cost_usd,
        (attempts.input_tokens - least(coalesce(attempts.cached_tokens, 0), attempts.input_tokens))::HUGEINT AS fresh,
        least(coalesce(attempts.cached_tokens, 0), attempts.input_tokens)::HUGEINT AS cached,
        attempts.output_tokens::HUGEINT AS generated,
        -- Whole numbers: rates in 1e-9 USD per million tokens, so that tokens times rate is in 1e-15 USD.
        (prices.input::DECIMAL(38, 9) * 1000000000)::HUGEINT AS input_rate,
        (coalesce(prices.cached, prices.input)::DECIMAL(38, 9) * 1000000000)::HUGEINT AS cached_rate,
        (prices.output::DECIMAL(38, 9) * 1000000000)::HUGEINT AS output_rate
    FROM attempts
    LEFT JOIN prices USING (price_id)
    WHERE attempts.cost_source = 'priced'
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
)
SELECT
    attempt_id,
    run_id,
    model,
    price_id,
    cost_usd,
    (nanos::DECIMAL(28, 0) * 0.000000001::DECIMAL(10, 9))::DECIMAL(18, 9) AS repriced_usd,
    (cost_usd - (nanos::DECIMAL(28, 0) * 0.000000001::DECIMAL(10, 9))::DECIMAL(18, 9))::DECIMAL(18, 9) AS difference_usd
FROM rounded
