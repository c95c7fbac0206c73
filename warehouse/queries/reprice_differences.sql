-- One row per attempt whose cost is not what tokens and price give, or whose price the ledger lacks; none if all is well.
SELECT
    repriced.attempt_id,
    repriced.run_id,
    repriced.model,
    repriced.price_id,
    attempts.status,
    attempts.input_tokens,
    attempts.cached_tokens,
    attempts.output_tokens,
    rates.input,
    rates.cached,
    rates.output,
    repriced.cost_usd,
    repriced.repriced_usd,
    repriced.difference_usd
FROM repriced
JOIN attempts USING (attempt_id)
LEFT JOIN rates ON rates.price_id = repriced.price_id
WHERE repriced.difference_usd IS DISTINCT FROM 0
ORDER BY repriced.run_id, attempts.started_at, repriced.attempt_id
