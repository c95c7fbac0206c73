-- One row per task type, model, scorer, kind of evidence and level of the score: how many answers, and how good they were.
-- Of the scorers alone that some cascade goes by. What else is known of an answer is its quality: what people say, else
-- the other checks, else a judge; where nobody else judged it, the score itself is all there is (`is_quality`).
WITH used AS (
    SELECT DISTINCT cascade."check" AS scorer
    FROM decisions
    WHERE cascade IS NOT NULL
), judged_calls AS (
    SELECT
        call_key,
        call_id,
        arg_max(attempt_id, row(started_at, attempt_no, attempt_id)) AS last_attempt_id
    FROM attempts
    WHERE
        call_key IN (SELECT call_key FROM scores WHERE scorer IN (SELECT scorer FROM used))
        OR call_key IN (SELECT call_key FROM agreements WHERE scorer IN (SELECT scorer FROM used))
    GROUP BY call_key, call_id
), judgements AS (
    SELECT
        scores.call_key,
        scores.call_id,
        coalesce(scores.attempt_id, judged_calls.last_attempt_id) AS attempt_id,
        scores.scorer,
        scores.source,
        avg(scores.score) AS score,
        -- An answer that the step could not use: the shape is all that it was judged by, and it is worth nothing.
        bool_or(scores.attempt_id IS NOT NULL AND scores.score = 0 AND scores.scorer IN ('json_schema', 'non_empty'))
            AS is_refusal
    FROM scores
    JOIN judged_calls USING (call_key, call_id)
    WHERE scores.scorer <> 'usable'
    GROUP BY
        scores.call_key,
        scores.call_id,
        coalesce(scores.attempt_id, judged_calls.last_attempt_id),
        scores.scorer,
        scores.source
), known AS (
    SELECT
        call_key,
        attempt_id,
        avg(score) FILTER (WHERE source = 'human') AS human,
        avg(score) FILTER (WHERE source = 'judge') AS judged,
        sum(score) FILTER (WHERE source = 'check') AS checked,
        count(*) FILTER (WHERE source = 'check') AS n_checks
    FROM judgements
    GROUP BY call_key, attempt_id
), weighed AS (
    SELECT
        attempts.task_type,
        attempts.model,
        judgements.scorer,
        judgements.score,
        judgements.is_refusal,
        coalesce(
            known.human,
            (known.checked - judgements.score) / nullif(known.n_checks - 1, 0),
            known.judged
        ) AS quality
    FROM judgements
    JOIN known USING (call_key, attempt_id)
    JOIN attempts USING (call_key, attempt_id)
    WHERE
        judgements.source = 'check'
        AND judgements.scorer IN (SELECT scorer FROM used)
        -- What another model failed is harder than most: it says nothing of how an answer to any question is taken.
        AND attempts.fallback_cause IS DISTINCT FROM 'escalated'
    UNION ALL
    -- Agreement is no quality: it says something only of answers that were judged besides.
    SELECT
        attempts.task_type,
        attempts.model,
        agreements.scorer,
        agreements.agreement AS score,
        false AS is_refusal,
        coalesce(known.human, known.checked / nullif(known.n_checks, 0), known.judged) AS quality
    FROM agreements
    JOIN known USING (call_key, attempt_id)
    JOIN attempts USING (call_key, attempt_id)
    WHERE
        agreements.scorer IN (SELECT scorer FROM used)
        AND attempts.fallback_cause IS DISTINCT FROM 'escalated'
), settled AS (
    SELECT
        task_type,
        model,
        scorer,
        score,
        -- Where others judge at all, a refusal needs no other judgement.
        CASE
            WHEN quality IS NOT NULL THEN quality
            WHEN is_refusal AND bool_or(quality IS NOT NULL) OVER (PARTITION BY task_type, scorer) THEN 0
        END AS quality
    FROM weighed
)
SELECT
    task_type,
    model,
    scorer,
    quality IS NULL AS is_quality,
    floor(score * $levels + 0.5)::INTEGER AS level,
    count(*) AS n,
    -- A difference of sums may be beside [0, 1] by rounding.
    sum(least(greatest(coalesce(quality, score), 0), 1)) AS quality
FROM settled
GROUP BY task_type, model, scorer, is_quality, level
ORDER BY task_type, model, scorer, is_quality, level
