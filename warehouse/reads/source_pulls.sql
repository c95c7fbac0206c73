-- One row per task type, model and source of scores: the mean quality of the cell's answers, with the source and without it.
WITH learned AS (
    SELECT
        call_id,
        attempt_id,
        task_type,
        model,
        quality,
        row_number() OVER (PARTITION BY call_id ORDER BY started_at DESC, attempt_id DESC) = 1 AS is_last
    FROM answers
    WHERE
        NOT is_usable_alone
        AND attempt_id NOT IN (SELECT attempts.attempt_id FROM attempts WHERE attempts.fallback_cause = 'escalated')
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
        scores.source AS kind,
        CASE scores.source
            WHEN 'human' THEN 'person ' || coalesce(scores.scored_by, scores.scorer)
            ELSE scores.source || ' ' || scores.scorer
        END AS source,
        count(*) AS n,
        sum(scores.score) AS total
    FROM learned
    -- What judges no attempt by name judges the last.
    JOIN scores
        ON scores.call_id = learned.call_id
        AND (scores.attempt_id = learned.attempt_id OR (scores.attempt_id IS NULL AND learned.is_last))
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
