-- One row per task type and model: mean quality against mean cost, and whether no other model beats it on both.
WITH cells AS (
    SELECT
        task_type,
        model,
        count(*) AS calls,
        count(quality) AS scored_calls,
        avg(quality) AS mean_quality,
        avg(cost_usd) AS mean_cost_usd,
        avg(total_latency_s) AS mean_latency_s
    FROM calls
    GROUP BY task_type, model
)
SELECT
    cells.task_type,
    cells.model,
    cells.calls,
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
