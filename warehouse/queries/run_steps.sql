-- One row per step and model of one run: the attempts on the model with their cost, and the calls that ended there.
WITH tried AS (
    SELECT
        step,
        task_type,
        model,
        count(*) AS attempts,
        sum(cost_usd) AS known_cost_usd,
        count(*) - count(cost_usd) AS attempts_of_unknown_cost,
        count(DISTINCT call_id) FILTER (WHERE cost_usd IS NULL) AS calls_of_unknown_cost,
        min(started_at) AS started_at
    FROM attempts
    WHERE run_id = $run_id
    GROUP BY step, task_type, model
), ended AS (
    SELECT
        step,
        task_type,
        model,
        count(*) AS calls,
        avg(total_latency_s) AS mean_latency_s,
        quantile_cont(total_latency_s, 0.5) AS p50_latency_s,
        quantile_cont(total_latency_s, 0.95) AS p95_latency_s,
        avg(quality) AS mean_quality,
        count(quality) AS scored_calls,
        count(*) FILTER (WHERE status NOT IN ('ok', 'cached')) AS failures
    FROM calls
    WHERE run_id = $run_id
    GROUP BY step, task_type, model
)
SELECT
    step,
    task_type,
    model,
    coalesce(ended.calls, 0) AS calls,
    tried.attempts,
    coalesce(tried.known_cost_usd, 0)::DECIMAL(18, 9) AS known_cost_usd,
    CASE WHEN tried.attempts_of_unknown_cost = 0 THEN tried.known_cost_usd::DECIMAL(18, 9) END AS cost_usd,
    tried.calls_of_unknown_cost,
    ended.mean_latency_s,
    ended.p50_latency_s,
    ended.p95_latency_s,
    ended.mean_quality,
    coalesce(ended.scored_calls, 0) AS scored_calls,
    coalesce(ended.failures, 0) AS failures
FROM tried
LEFT JOIN ended USING (step, task_type, model)
ORDER BY tried.started_at, step, model
