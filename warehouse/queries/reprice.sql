-- One row per model and price: cost in the ledger, the same recomputed from tokens and price row, and the difference.
SELECT
    model,
    price_id,
    count(*) AS attempts,
    sum(cost_usd)::DECIMAL(18, 9) AS cost_usd,
    sum(repriced_usd)::DECIMAL(18, 9) AS repriced_usd,
    coalesce(sum(abs(difference_usd)), 0)::DECIMAL(18, 9) AS difference_usd,
    count(*) FILTER (WHERE difference_usd <> 0) AS attempts_that_differ,
    count(*) FILTER (WHERE repriced_usd IS NULL) AS attempts_without_price
FROM repriced
GROUP BY model, price_id
ORDER BY model, price_id
