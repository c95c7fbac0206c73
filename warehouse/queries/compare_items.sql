-- One row per item of one run that finished: the quality of its answers at one step, the cost and time of all its calls.
SELECT
    item_id,
    avg(quality) FILTER (WHERE step = $step) AS quality,
    CASE WHEN NOT bool_or(is_cost_unknown) THEN sum(cost_usd)::DECIMAL(18, 9) END AS cost_usd,
    sum(total_latency_s) AS latency_s
FROM calls
WHERE run_id = $run_id
GROUP BY item_id
ORDER BY item_id
