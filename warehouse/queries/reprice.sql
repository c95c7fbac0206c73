-- One row per model and price: cost in the ledger, the same recomputed from tokens and price, and the difference.
WITH unpriced AS (
    SELECT
        model,
        price_id,
        count(*) FILTER (WHERE cost_source = 'provider') AS attempts_of_provider_cost,
        count(*) FILTER (WHERE cost_source = 'unknown') AS attempts_of_unknown_cost
    FROM attempts
    GROUP BY model, price_id
), priced AS (
    SELECT
        model,
        price_id,
        count(*) AS attempts,
        sum(cost_usd) AS cost_usd,
        sum(repriced_usd) AS repriced_usd,
        sum(abs(difference_usd)) AS difference_usd,
        count(*) FILTER (WHERE difference_usd <> 0) AS attempts_that_differ,
        count(*) FILTER (WHERE repriced_usd IS NULL) AS attempts_without_price
    FROM repriced
    GROUP BY model, price_id
)
SELECT
    unpriced.model,
    unpriced.price_id,
    coalesce(priced.attempts, 0) AS attempts,
    priced.cost_usd::DECIMAL(18, 9) AS cost_usd,
    priced.repriced_usd::DECIMAL(18, 9) AS repriced_usd,
    coalesce(priced.difference_usd, 0)::DECIMAL(18, 9) AS difference_usd,
    coalesce(priced.attempts_that_differ, 0) AS attempts_that_differ,
    coalesce(priced.attempts_without_price, 0) AS attempts_without_price,
    unpriced.attempts_of_provider_cost,
    unpriced.attempts_of_unknown_cost
FROM unpriced
LEFT JOIN priced
    ON priced.model = unpriced.model AND priced.price_id IS NOT DISTINCT FROM unpriced.price_id
ORDER BY unpriced.model, unpriced.price_id
