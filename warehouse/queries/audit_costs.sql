-- One row per relation whose known costs do not add up to those of the attempts; none if all is well.
WITH sums AS (
    SELECT 'calls' AS relation, sum(known_cost_usd) AS known_cost_usd
    FROM calls
    UNION ALL
    SELECT 'cost_by_model_day' AS relation, sum(known_cost_usd) AS known_cost_usd
    FROM cost_by_model_day
    UNION ALL
    SELECT 'cost_by_job_run' AS relation, sum(known_cost_usd) AS known_cost_usd
    FROM cost_by_job_run
    UNION ALL
    SELECT 'otel_calls' AS relation, sum("pointsman.cost_usd") AS known_cost_usd
    FROM otel_calls
    UNION ALL
    SELECT 'focus_charges' AS relation, sum("BilledCost") AS known_cost_usd
    FROM focus_charges
), attempts_sum AS (
    SELECT sum(cost_usd) AS known_cost_usd
    FROM attempts
)
SELECT
    sums.relation,
    coalesce(sums.known_cost_usd, 0)::DECIMAL(18, 9) AS known_cost_usd,
    coalesce(attempts_sum.known_cost_usd, 0)::DECIMAL(18, 9) AS attempts_usd
FROM sums
CROSS JOIN attempts_sum
WHERE coalesce(sums.known_cost_usd, 0) <> coalesce(attempts_sum.known_cost_usd, 0)
ORDER BY sums.relation
