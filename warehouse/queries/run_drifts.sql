-- One row per drift of what a run called, from two weeks before it began until it ended.
WITH run AS (
    SELECT started_at, coalesce(ended_at, now()) AS ended_at
    FROM runs
    WHERE run_id = $run_id
), called AS (
    SELECT DISTINCT task_type, model
    FROM attempts
    WHERE run_id = $run_id
)
SELECT
    drifts.task_type,
    drifts.model,
    drifts.measure,
    drifts."before",
    drifts."after",
    drifts.since,
    drifts.n_after
FROM drifts
JOIN called USING (task_type, model)
JOIN run ON drifts.detected_at BETWEEN run.started_at - INTERVAL 14 DAY AND run.ended_at
ORDER BY drifts.since, drifts.task_type, drifts.model, drifts.measure
