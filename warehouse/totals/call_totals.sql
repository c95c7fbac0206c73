-- One row per UTC day, run, step, task type, provider, model and origin of calls' last attempts: what the calls add up to.
WITH per_call AS (
    SELECT
        -- A call is its last attempt's, as in the view calls.
        arg_max(
            struct_pack(
                step := step, task_type := task_type, provider := provider, model := model, origin := origin, status := status
            ),
            row(started_at, attempt_no, attempt_id)
        ) AS last,
        run_id,
        (min(started_at) AT TIME ZONE 'UTC')::DATE AS day,
        count(*) AS attempts,
        count(cost_usd) AS attempts_of_known_cost,
        count(coalesce(cost_usd, reserved_usd)) AS attempts_with_bound,
        coalesce(sum(cost_usd), 0) AS known_cost_usd,
        coalesce(sum(coalesce(cost_usd, reserved_usd)), 0) AS worst_cost_usd,
        sum(round(latency_s * 1e6)::BIGINT) AS latency_us
    FROM query_table(attempts_name)
    GROUP BY call_key, call_id, run_id
)
SELECT
    day,
    run_id,
    last.step AS step,
    last.task_type AS task_type,
    last.provider AS provider,
    last.model AS model,
    last.origin AS origin,
    count(*) AS calls,
    count(*) FILTER (WHERE last.status IN ('ok', 'cached')) AS answered_calls,
    count(*) FILTER (WHERE attempts_of_known_cost = attempts) AS calls_of_known_cost,
    count(latency_us) AS timed_calls,
    sum(attempts)::BIGINT AS attempts,
    sum(attempts_of_known_cost)::BIGINT AS attempts_of_known_cost,
    sum(attempts_with_bound)::BIGINT AS attempts_with_bound,
    coalesce(sum(known_cost_usd) FILTER (WHERE attempts_of_known_cost = attempts), 0)::DECIMAL(18, 9) AS cost_usd,
    sum(known_cost_usd)::DECIMAL(18, 9) AS known_cost_usd,
    sum(worst_cost_usd)::DECIMAL(18, 9) AS worst_cost_usd,
    coalesce(sum(latency_us), 0)::BIGINT AS latency_us
FROM per_call
GROUP BY ALL
