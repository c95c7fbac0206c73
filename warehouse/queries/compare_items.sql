-- One row per item of one run: the quality of its answers at one step, the cost and time of all its calls.
WITH items AS (
    SELECT DISTINCT item_id
    FROM decisions
    WHERE run_id = $run_id
)

SELECT
    items.item_id,
    avg(calls.quality) FILTER (WHERE calls.step = $step) AS quality,
    CASE WHEN NOT coalesce(bool_or(calls.is_cost_unknown), false) THEN coalesce(sum(calls.cost_usd), 0)::DECIMAL(18, 9) END
        AS cost_usd,
    coalesce(sum(calls.total_latency_s), 0) AS latency_s,
    coalesce(bool_or(calls.status IN ('ok', 'cached')) FILTER (WHERE calls.step = $step), false) AS is_answered
FROM items
LEFT JOIN calls ON calls.run_id = $run_id AND calls.item_id = items.item_id
GROUP BY items.item_id
ORDER BY items.item_id
