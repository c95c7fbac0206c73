-- One row per model and deployment: latency in seconds of the attempts that were answered.
WITH measured AS (
    SELECT
        model,
        deployment,
        provider,
        count(*) AS attempts,
        avg(latency_s) AS mean_latency_s,
        quantile_cont(latency_s, [0.5, 0.95, 0.99]) AS latencies_s,
        avg(queue_s) AS mean_queue_s
    FROM attempts
    WHERE status = 'ok' AND latency_s IS NOT NULL
    GROUP BY model, deployment, provider
)
SELECT
    model,
    deployment,
    provider,
    attempts,
    mean_latency_s,
    latencies_s[1] AS p50_latency_s,
    latencies_s[2] AS p95_latency_s,
    latencies_s[3] AS p99_latency_s,
    mean_queue_s
FROM measured
