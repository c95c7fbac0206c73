-- One row per job, final step, step, task type and model whose quality is credited: what its answers add up to.
SELECT
    job,
    final_step,
    step,
    task_type,
    model,
    avg(weight) AS weight,
    count(*) AS n,
    -- A refused answer that has a final score is counted by that.
    count(*) FILTER (WHERE is_refused AND final_quality IS NULL) AS n_refused,
    count(quality) AS n_own,
    avg(quality) AS own_quality,
    var_samp(quality) AS own_variance
FROM credited_answers
WHERE weight > 0
GROUP BY job, final_step, step, task_type, model
ORDER BY job, final_step, step, task_type, model
