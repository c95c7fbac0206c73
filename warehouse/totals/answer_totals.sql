-- One row per UTC day, run, step, task type, model, quality source and whether it is only usable: what its judged answers add up to.
-- An answer is what one model made of one call, as in the mart answers.
WITH last_attempts AS (
    SELECT
        call_key,
        call_id,
        arg_max(attempt_id, row(started_at, attempt_no, attempt_id)) AS attempt_id
    FROM query_table(attempts_name)
    WHERE call_key IN (SELECT call_key FROM query_table(scores_name))
    GROUP BY call_key, call_id
), judged AS (
    SELECT
        scores.call_key,
        scores.call_id,
        coalesce(scores.attempt_id, last_attempts.attempt_id) AS attempt_id,
        bool_and(scores.scorer = 'usable') AS is_usable_alone,
        max_by(scores.source, list_position(['judge', 'check', 'human'], scores.source)) AS quality_source,
        count(*) FILTER (WHERE scores.source = 'human') AS n_human,
        count(*) FILTER (WHERE scores.source = 'check') AS n_check,
        count(*) FILTER (WHERE scores.source = 'judge') AS n_judge,
        sum(round(scores.score * 1e9)::BIGINT) FILTER (WHERE scores.source = 'human') AS human,
        sum(round(scores.score * 1e9)::BIGINT) FILTER (WHERE scores.source = 'check') AS checked,
        sum(round(scores.score * 1e9)::BIGINT) FILTER (WHERE scores.source = 'judge') AS judged
    FROM query_table(scores_name) AS scores
    JOIN last_attempts USING (call_key, call_id)
    GROUP BY scores.call_key, scores.call_id, coalesce(scores.attempt_id, last_attempts.attempt_id)
), served AS (
    SELECT
        call_key,
        call_id,
        model,
        CASE WHEN count(cost_usd) = count(*) THEN sum(cost_usd) END AS cost_usd,
        sum(round(latency_s * 1e6)::BIGINT) AS latency_us
    FROM query_table(attempts_name)
    WHERE call_key IN (SELECT call_key FROM query_table(scores_name))
    GROUP BY call_key, call_id, model
), answers AS (
    SELECT
        (answered.started_at AT TIME ZONE 'UTC')::DATE AS day,
        answered.run_id,
        answered.step,
        answered.task_type,
        answered.model,
        judged.quality_source,
        judged.is_usable_alone,
        served.cost_usd,
        served.latency_us,
        CASE judged.quality_source
            WHEN 'human' THEN (2 * human + n_human) // (2 * n_human)
            WHEN 'check' THEN (2 * checked + n_check) // (2 * n_check)
            ELSE (2 * judged + n_judge) // (2 * n_judge)
        END AS quality_nanos
    FROM judged
    JOIN query_table(attempts_name) AS answered USING (call_key, call_id, attempt_id)
    JOIN served ON
        served.call_key = judged.call_key AND served.call_id = judged.call_id AND served.model = answered.model
)
SELECT
    day,
    run_id,
    step,
    task_type,
    model,
    quality_source,
    is_usable_alone,
    count(*) AS answers,
    count(cost_usd) AS answers_of_known_cost,
    count(latency_us) AS timed_answers,
    coalesce(sum(cost_usd), 0)::DECIMAL(18, 9) AS cost_usd,
    coalesce(sum(latency_us), 0)::BIGINT AS latency_us,
    sum(quality_nanos)::BIGINT AS quality_nanos,
    sum(quality_nanos::HUGEINT * quality_nanos)::HUGEINT AS quality_squares
FROM answers
GROUP BY ALL
