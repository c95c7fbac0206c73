-- One row per call of one run, in the order of their start.
SELECT
    call_id,
    run_id,
    item_id,
    step,
    task_type,
    model,
    status,
    attempts,
    cost_usd,
    known_cost_usd,
    worst_cost_usd,
    total_latency_s,
    quality,
    quality_source,
    started_at
FROM calls
WHERE run_id = $run_id
ORDER BY started_at, call_id
