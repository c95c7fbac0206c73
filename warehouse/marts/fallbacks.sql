-- One row per task type and pair of models: how often the second stood in for the first, and how that ended.
SELECT
    task_type,
    fallback_from,
    model,
    count(DISTINCT call_id) AS calls,
    count(*) AS attempts,
    count(*) FILTER (WHERE status IN ('ok', 'cached')) AS answered_attempts,
    coalesce(sum(cost_usd), 0)::DECIMAL(18, 9) AS known_cost_usd,
    count(*) - count(cost_usd) AS attempts_of_unknown_cost
FROM attempts
WHERE is_fallback
GROUP BY task_type, fallback_from, model
