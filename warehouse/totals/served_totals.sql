-- One row per UTC day, run, step, task type and model: what serving calls cost and took, each model's own part of each call.
WITH per_call AS (
    SELECT
        run_id,
        step,
        task_type,
        model,
        (min(started_at) AT TIME ZONE 'UTC')::DATE AS day,
        CASE WHEN count(cost_usd) = count(*) THEN sum(cost_usd) END AS cost_usd,
        sum(round(latency_s * 1e6)::BIGINT) AS latency_us
    FROM query_table(attempts_name)
    -- Answers from a cache say nothing of what a model costs and takes.
    WHERE status <> 'cached'
    GROUP BY call_key, call_id, run_id, step, task_type, model
)
SELECT
    day,
    run_id,
    step,
    task_type,
    model,
    count(*) AS calls,
    count(cost_usd) AS calls_of_known_cost,
    count(latency_us) AS timed_calls,
    coalesce(sum(cost_usd), 0)::DECIMAL(18, 9) AS cost_usd,
    coalesce(sum(latency_us), 0)::BIGINT AS latency_us
FROM per_call
GROUP BY ALL
