-- One row per drift that was detected in attempts since a time, the latest first.
SELECT
    drift_id,
    task_type,
    model,
    measure,
    "before",
    "after",
    n_before,
    n_after,
    since,
    detected_at,
    found_at
FROM drifts
WHERE detected_at >= $since
ORDER BY detected_at DESC, drift_id
