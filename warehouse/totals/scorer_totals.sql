-- One row per task type, model, source, scorer, version, its mark and people's mark of five: what it and people said of the same answers, and what a judge said of all others.
-- Sums are of thousand-millionths; marks are scores in steps of a quarter.
WITH concerned AS (
    SELECT DISTINCT call_key, call_id
    FROM query_table(scores_name)
    WHERE source IN ('human', 'judge')
), last_attempts AS (
    SELECT
        call_key,
        call_id,
        arg_max(attempt_id, row(started_at, attempt_no, attempt_id)) AS attempt_id
    FROM query_table(attempts_name)
    WHERE call_key IN (SELECT call_key FROM concerned)
    GROUP BY call_key, call_id
), placed AS (
    SELECT
        scores.call_key,
        scores.call_id,
        coalesce(scores.attempt_id, last_attempts.attempt_id) AS attempt_id,
        scores.source,
        scores.scorer,
        scores.scorer_version,
        round(scores.score * 1e9)::BIGINT AS nanos
    FROM query_table(scores_name) AS scores
    JOIN concerned USING (call_key, call_id)
    JOIN last_attempts USING (call_key, call_id)
    WHERE scores.scorer <> 'usable'
), people AS (
    SELECT call_key, call_id, attempt_id, (2 * sum(nanos) + count(*)) // (2 * count(*)) AS human
    FROM placed
    WHERE source = 'human'
    GROUP BY call_key, call_id, attempt_id
), said AS (
    SELECT
        call_key,
        call_id,
        attempt_id,
        source,
        scorer,
        scorer_version,
        (2 * sum(nanos) + count(*)) // (2 * count(*)) AS said
    FROM placed
    WHERE source <> 'human'
    GROUP BY ALL
)
SELECT
    answered.task_type,
    answered.model,
    said.source,
    said.scorer,
    said.scorer_version,
    ((said.said * 4 + 500000000) // 1000000000)::VARCHAR AS mark,
    ((people.human * 4 + 500000000) // 1000000000)::VARCHAR AS human_mark,
    count(*) AS answers,
    sum(said.said)::BIGINT AS said_nanos,
    sum(said.said::HUGEINT * said.said)::HUGEINT AS said_squares,
    coalesce(sum(people.human), 0)::BIGINT AS human_nanos,
    coalesce(sum(people.human::HUGEINT * people.human), 0)::HUGEINT AS human_squares,
    coalesce(sum(said.said::HUGEINT * people.human), 0)::HUGEINT AS products
FROM said
LEFT JOIN people USING (call_key, call_id, attempt_id)
JOIN query_table(attempts_name) AS answered USING (call_key, call_id, attempt_id)
WHERE said.source = 'judge' OR people.human IS NOT NULL
GROUP BY ALL
