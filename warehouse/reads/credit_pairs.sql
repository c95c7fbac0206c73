-- One row per job and pair of models that served two steps, or one, of the same items with a final score: how many of them.
WITH served AS (
    SELECT
        run_id,
        item_id,
        job,
        final_step,
        step,
        task_type,
        model,
        final_quality
    FROM credited_answers
    WHERE final_quality IS NOT NULL
)
SELECT
    one.job,
    one.final_step,
    one.step,
    one.task_type,
    one.model,
    other.step AS other_step,
    other.task_type AS other_task_type,
    other.model AS other_model,
    count(*) AS n,
    sum(one.final_quality) AS final_total,
    sum(one.final_quality * one.final_quality) AS final_squares
FROM served AS one
JOIN served AS other ON other.run_id = one.run_id AND other.item_id = one.item_id AND other.step <= one.step
GROUP BY ALL
ORDER BY ALL
