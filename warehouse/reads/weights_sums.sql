-- One row per task type and model: what its judged answers add up to.
SELECT
    task_type,
    model,
    count(*) AS n,
    avg(quality) AS quality,
    var_samp(quality) AS quality_variance,
    avg(cost_usd) AS cost_usd,
    avg(latency_s) AS latency_s,
    min(started_at) AS data_from,
    max(started_at) AS data_to
FROM answers
-- That an answer can be used says too little of how good it is to be weighed with what scorers say elsewhere.
WHERE
    NOT is_usable_alone
    -- What a cascade goes on with is what another model failed: harder than most, and no measure of the model.
    AND attempt_id NOT IN (SELECT attempts.attempt_id FROM attempts WHERE attempts.fallback_cause = 'escalated')
GROUP BY task_type, model
ORDER BY task_type, model
