-- One row per run asked for: its calls, attempts, cost, quality and time.
SELECT
    runs.run_id,
    runs.job,
    runs.policy,
    runs.status,
    runs.weights_version,
    runs.n_items,
    runs.n_failed,
    runs.budget_usd,
    count(calls.call_id) AS calls,
    coalesce(sum(calls.attempts), 0)::BIGINT AS attempts,
    coalesce(sum(calls.known_cost_usd), 0)::DECIMAL(18, 9) AS known_cost_usd,
    CASE
        WHEN NOT coalesce(bool_or(calls.is_cost_unknown), false) THEN coalesce(sum(calls.cost_usd), 0)::DECIMAL(18, 9)
    END AS cost_usd,
    count(*) FILTER (WHERE calls.is_cost_unknown) AS calls_of_unknown_cost,
    avg(calls.quality) AS mean_quality,
    count(calls.quality) AS scored_calls,
    count(*) FILTER (WHERE calls.status NOT IN ('ok', 'cached')) AS failures,
    date_diff('millisecond', runs.started_at, runs.ended_at) / 1000 AS elapsed_s
FROM runs
LEFT JOIN calls USING (run_id)
WHERE runs.run_id = $run_id
GROUP BY ALL
