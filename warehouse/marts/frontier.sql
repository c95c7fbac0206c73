-- One row per task type and model: mean quality against mean cost, and whether no other model beats it on both.
WITH served AS (
    -- Of a call that fell back, what each model cost and took is its own.
    SELECT
        task_type,
        model,
        sum(calls)::BIGINT AS calls,
        sum(calls - calls_of_known_cost)::BIGINT AS calls_of_unknown_cost,
        sum(cost_usd)::DOUBLE / nullif(sum(calls_of_known_cost), 0) AS mean_cost_usd,
        sum(latency_us) / (nullif(sum(timed_calls), 0) * 1e6) AS mean_latency_s
    FROM served_totals
    GROUP BY task_type, model
), judged AS (
    SELECT
        task_type,
        model,
        sum(answers)::BIGINT AS scored_calls,
        sum(quality_nanos) / (sum(answers) * 1e9) AS mean_quality
    FROM answer_totals
    WHERE NOT is_usable_alone
    GROUP BY task_type, model
), cells AS (
    SELECT
        served.task_type,
        served.model,
        served.calls,
        served.calls_of_unknown_cost,
        coalesce(judged.scored_calls, 0) AS scored_calls,
        judged.mean_quality,
        served.mean_cost_usd,
        served.mean_latency_s
    FROM served
    LEFT JOIN judged ON judged.task_type = served.task_type AND judged.model = served.model
)
SELECT
    cells.task_type,
    cells.model,
    cells.calls,
    cells.calls_of_unknown_cost,
    cells.scored_calls,
    cells.mean_quality,
    cells.mean_cost_usd,
    cells.mean_latency_s,
    cells.mean_quality IS NOT NULL AND cells.mean_cost_usd IS NOT NULL AND NOT EXISTS (
        SELECT 1
        FROM cells AS other
        WHERE
            other.task_type = cells.task_type
            AND other.mean_quality >= cells.mean_quality
            AND other.mean_cost_usd <= cells.mean_cost_usd
            AND (other.mean_quality > cells.mean_quality OR other.mean_cost_usd < cells.mean_cost_usd)
    ) AS is_on_frontier
FROM cells
