-- One row per step and model of one run: calls, cost, latency, quality and failures.
SELECT
    step,
    task_type,
    model,
    count(*) AS calls,
    sum(attempts)::BIGINT AS attempts,
    sum(known_cost_usd)::DECIMAL(18, 9) AS known_cost_usd,
    CASE WHEN NOT bool_or(is_cost_unknown) THEN sum(cost_usd)::DECIMAL(18, 9) END AS cost_usd,
    count(*) FILTER (WHERE is_cost_unknown) AS calls_of_unknown_cost,
    avg(total_latency_s) AS mean_latency_s,
    quantile_cont(total_latency_s, 0.5) AS p50_latency_s,
    quantile_cont(total_latency_s, 0.95) AS p95_latency_s,
    avg(quality) AS mean_quality,
    count(quality) AS scored_calls,
    count(*) FILTER (WHERE status NOT IN ('ok', 'cached')) AS failures
FROM calls
WHERE run_id = $run_id
GROUP BY step, task_type, model
ORDER BY min(started_at), step, model
