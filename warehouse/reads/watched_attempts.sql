-- One row per attempt of the latest days, so many at most of each task type and model, oldest first: what came of it.
WITH recent AS (
    SELECT
        attempt_id,
        call_id,
        call_key,
        task_type,
        model,
        started_at,
        status,
        latency_s,
        cost_usd,
        fallback_cause
    FROM attempts
    WHERE started_at >= $since AND status IN ('ok', 'error', 'timeout', 'refused') AND model IS NOT NULL
    QUALIFY row_number() OVER (PARTITION BY task_type, model ORDER BY started_at DESC, attempt_id) <= $most
), last_answers AS (
    SELECT
        call_key,
        call_id,
        arg_max(attempt_id, row(started_at, attempt_id)) FILTER (WHERE status = 'ok') AS attempt_id
    FROM recent
    GROUP BY call_key, call_id
), judged AS (
    SELECT
        scores.call_key,
        coalesce(scores.attempt_id, last_answers.attempt_id) AS attempt_id,
        coalesce(
            avg(scores.score) FILTER (WHERE scores.source = 'human'),
            avg(scores.score) FILTER (WHERE scores.source = 'check'),
            avg(scores.score) FILTER (WHERE scores.source = 'judge')
        ) AS quality
    FROM scores
    JOIN last_answers USING (call_key, call_id)
    WHERE scores.scorer <> 'usable'
    GROUP BY scores.call_key, coalesce(scores.attempt_id, last_answers.attempt_id)
)
SELECT
    recent.task_type,
    recent.model,
    recent.attempt_id,
    recent.started_at,
    recent.status IN ('error', 'timeout') AS is_error,
    CASE WHEN recent.status = 'ok' THEN recent.latency_s END AS latency_s,
    CASE WHEN recent.status = 'ok' THEN recent.cost_usd::DOUBLE END AS cost_usd,
    -- What another model failed is harder than most: it says nothing of how good the next one is.
    CASE WHEN recent.fallback_cause IS DISTINCT FROM 'escalated' THEN judged.quality END AS quality
FROM recent
LEFT JOIN judged ON judged.call_key = recent.call_key AND judged.attempt_id = recent.attempt_id
ORDER BY recent.task_type, recent.model, recent.started_at, recent.attempt_id
