-- One row per task type and model: what its scored calls add up to.
WITH served AS (
    -- Of a call that fell back, what the models before the last one cost and took is not the last one's.
    SELECT
        call_id,
        model,
        CASE WHEN count(cost_usd) = count(*) THEN sum(cost_usd) END AS cost_usd,
        sum(latency_s) AS latency_s
    FROM attempts
    GROUP BY call_id, model
)
SELECT
    calls.task_type,
    calls.model,
    count(*) AS n,
    avg(calls.quality) AS quality,
    var_samp(calls.quality) AS quality_variance,
    avg(served.cost_usd) AS cost_usd,
    avg(served.latency_s) AS latency_s,
    min(calls.started_at) AS data_from,
    max(calls.started_at) AS data_to
FROM calls
JOIN served ON served.call_id = calls.call_id AND served.model = calls.model
WHERE calls.quality IS NOT NULL
GROUP BY calls.task_type, calls.model
ORDER BY calls.task_type, calls.model
