-- One row per task type and model: what its judged answers add up to; quality of those that no final score is credited to.
WITH credited AS (
    SELECT
        run_id,
        step
    FROM run_credits
    WHERE weight > 0
), learned AS (
    SELECT
        answers.*,
        credited.run_id IS NOT NULL AS is_credited
    FROM answers
    LEFT JOIN credited ON credited.run_id = answers.run_id AND credited.step = answers.step
)
SELECT
    task_type,
    model,
    count(*) AS n,
    count(*) FILTER (WHERE NOT is_credited) AS n_plain,
    avg(quality) FILTER (WHERE NOT is_credited) AS quality,
    var_samp(quality) FILTER (WHERE NOT is_credited) AS quality_variance,
    avg(cost_usd) AS cost_usd,
    avg(latency_s) AS latency_s,
    min(started_at) AS data_from,
    max(started_at) AS data_to
FROM learned
-- That an answer can be used says too little of how good it is to be weighed with what scorers say elsewhere.
WHERE
    (NOT is_usable_alone OR is_credited)
    -- What a cascade goes on with is what another model failed: harder than most, and no measure of the model.
    AND attempt_id NOT IN (SELECT attempts.attempt_id FROM attempts WHERE attempts.fallback_cause = 'escalated')
GROUP BY task_type, model
ORDER BY task_type, model
