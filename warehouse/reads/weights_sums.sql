-- One row per task type, model and fold of items: what judged answers add up to, older ones by less; quality of those that no final score is credited to.
WITH credited AS (
    SELECT
        run_id,
        step
    FROM run_credits
    WHERE weight > 0
), learned AS (
    SELECT
        answers.* EXCLUDE (quality),
        answers.learned_quality AS quality,
        credited.run_id IS NOT NULL AS is_credited
    FROM answers
    LEFT JOIN credited ON credited.run_id = answers.run_id AND credited.step = answers.step
    -- That an answer can be used says too little of how good it is to be weighed with what scorers say elsewhere.
    WHERE
        (NOT answers.is_usable_alone OR credited.run_id IS NOT NULL)
        -- What a cascade goes on with is what another model failed: harder than most, and no measure of the model.
        AND answers.attempt_id NOT IN (SELECT attempts.attempt_id FROM attempts WHERE attempts.fallback_cause = 'escalated')
), latest AS (
    SELECT max(attempts.started_at) AS ended_at
    FROM attempts
), weighed AS (
    SELECT
        *,
        -- By the age at the latest attempt, not now, so that the same facts give the same weights.
        pow(
            0.5,
            (epoch((SELECT latest.ended_at FROM latest)) - epoch(started_at)) / 86400
            / coalesce(list_extract($half_lives::DOUBLE[], list_position($task_types::VARCHAR[], task_type)), $half_life)
        ) AS weight
    FROM learned
)
SELECT
    task_type,
    model,
    -- The bits above those by which a large log is sampled (`trial_calls`).
    ((md5_number_lower(item_id) >> 32) % $n_folds)::INTEGER AS fold,
    count(*) AS n,
    count(*) FILTER (WHERE NOT is_credited) AS n_plain,
    coalesce(sum(weight) FILTER (WHERE NOT is_credited), 0) AS weight,
    coalesce(sum(weight * weight) FILTER (WHERE NOT is_credited), 0) AS squares,
    coalesce(sum(weight * quality) FILTER (WHERE NOT is_credited), 0) AS quality,
    coalesce(sum(weight * quality * quality) FILTER (WHERE NOT is_credited), 0) AS quality_squares,
    coalesce(sum(weight) FILTER (WHERE cost_usd IS NOT NULL), 0) AS cost_weight,
    coalesce(sum(weight * cost_usd::DOUBLE), 0) AS cost_usd,
    coalesce(sum(weight) FILTER (WHERE latency_s IS NOT NULL), 0) AS latency_weight,
    coalesce(sum(weight * latency_s), 0) AS latency_s,
    min(started_at) AS data_from,
    max(started_at) AS data_to
FROM weighed
GROUP BY task_type, model, fold
ORDER BY task_type, model, fold
