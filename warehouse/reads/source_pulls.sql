-- One row per task type, model and source of scores: the mean quality of the cell's calls, with the source and without it.
-- Of a share of the calls, by the hash of their ids; a call is judged by what is said of its last attempt.
WITH asked AS (
    SELECT
        call_key,
        call_id,
        arg_max(attempt_id, row(started_at, attempt_no, attempt_id)) AS attempt_id,
        arg_max(task_type, row(started_at, attempt_no, attempt_id)) AS task_type,
        arg_max(model, row(started_at, attempt_no, attempt_id)) AS model
    FROM attempts
    WHERE call_key < $share * 4294967296
    GROUP BY call_key, call_id
), said AS (
    SELECT
        asked.call_id,
        asked.attempt_id,
        asked.task_type,
        asked.model,
        scores.source AS kind,
        CASE scores.source
            WHEN 'human' THEN 'person ' || coalesce(scores.scored_by, scores.scorer)
            ELSE scores.source || ' ' || scores.scorer
        END AS source,
        scores.scorer,
        scores.score
    FROM scores
    JOIN asked USING (call_key, call_id)
    WHERE scores.call_key < $share * 4294967296 AND (scores.attempt_id IS NULL OR scores.attempt_id = asked.attempt_id)
), learned AS (
    SELECT
        call_id,
        attempt_id,
        task_type,
        model,
        coalesce(
            avg(score) FILTER (WHERE kind = 'human'),
            avg(score) FILTER (WHERE kind = 'check'),
            avg(score) FILTER (WHERE kind = 'judge')
        ) AS quality
    FROM said
    GROUP BY call_id, attempt_id, task_type, model
    -- That an answer can be used says too little of how good it is.
    HAVING NOT bool_and(scorer = 'usable')
), cells AS (
    SELECT
        task_type,
        model,
        count(*) AS n,
        sum(quality) AS quality
    FROM learned
    GROUP BY task_type, model
), judged AS (
    SELECT
        learned.call_id,
        learned.attempt_id,
        learned.task_type,
        learned.model,
        learned.quality,
        said.kind,
        said.source,
        count(*) AS n,
        sum(said.score) AS total
    FROM learned
    JOIN said USING (call_id)
    GROUP BY ALL
), kinds AS (
    SELECT
        *,
        sum(CASE WHEN kind = 'human' THEN n ELSE 0 END) OVER whole AS n_human,
        sum(CASE WHEN kind = 'human' THEN total ELSE 0 END) OVER whole AS human,
        sum(CASE WHEN kind = 'check' THEN n ELSE 0 END) OVER whole AS n_check,
        sum(CASE WHEN kind = 'check' THEN total ELSE 0 END) OVER whole AS checked,
        sum(CASE WHEN kind = 'judge' THEN n ELSE 0 END) OVER whole AS n_judge,
        sum(CASE WHEN kind = 'judge' THEN total ELSE 0 END) OVER whole AS judged
    FROM judged
    WINDOW whole AS (PARTITION BY call_id, attempt_id)
), weighed AS (
    SELECT
        task_type,
        model,
        source,
        quality,
        -- A person's word counts before a check's, and that before a judge's.
        CASE kind WHEN 'human' THEN TRUE WHEN 'check' THEN n_human = 0 ELSE n_human + n_check = 0 END AS is_adopted,
        coalesce(
            (human - CASE kind WHEN 'human' THEN total ELSE 0 END)
            / nullif(n_human - CASE kind WHEN 'human' THEN n ELSE 0 END, 0),
            (checked - CASE kind WHEN 'check' THEN total ELSE 0 END)
            / nullif(n_check - CASE kind WHEN 'check' THEN n ELSE 0 END, 0),
            (judged - CASE kind WHEN 'judge' THEN total ELSE 0 END)
            / nullif(n_judge - CASE kind WHEN 'judge' THEN n ELSE 0 END, 0)
        ) AS without
    FROM kinds
), moved AS (
    SELECT
        task_type,
        model,
        source,
        count(*) AS n_adopted,
        sum(quality) AS quality,
        count(without) AS n_without,
        coalesce(sum(without), 0) AS without
    FROM weighed
    WHERE is_adopted
    GROUP BY task_type, model, source
)
SELECT
    moved.task_type,
    moved.model,
    moved.source,
    cells.n,
    moved.n_adopted,
    cells.quality / cells.n AS quality,
    cells.n - moved.n_adopted + moved.n_without AS n_others,
    (cells.quality - moved.quality + moved.without)
    / nullif(cells.n - moved.n_adopted + moved.n_without, 0) AS others
FROM moved
JOIN cells USING (task_type, model)
ORDER BY moved.task_type, moved.model, moved.source
