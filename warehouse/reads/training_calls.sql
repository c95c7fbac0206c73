-- One row per scored answer that a predictor is fitted to: the latest, so many at most of each task type and model.
WITH ranked AS (
    SELECT attempt_id, task_type, model, learned_quality AS quality, cost_usd, latency_s, started_at, call_key_of(call_id) AS call_key
    FROM answers
    -- That an answer can be used says too little of how good it is to be weighed with what scorers say elsewhere.
    WHERE
        NOT is_usable_alone
        -- How good an answer is that a final score is credited to, its own score does not say.
        AND (run_id, step) NOT IN (SELECT (run_id, step) FROM run_credits WHERE weight > 0)
        -- What a cascade goes on with is what another model failed: harder than most, and no measure of the model.
        AND attempt_id NOT IN (SELECT attempts.attempt_id FROM attempts WHERE attempts.fallback_cause = 'escalated')
    QUALIFY row_number() OVER (PARTITION BY task_type, model ORDER BY started_at DESC, attempt_id) <= $most_of_a_cell
), kept AS (
    SELECT attempt_id, task_type, model, quality, cost_usd, latency_s, started_at, call_key
    FROM ranked
    ORDER BY started_at DESC, attempt_id
    LIMIT $most
), answered AS (
    SELECT attempts.call_key, attempts.attempt_id, attempts.decision_id, attempts.output_tokens
    FROM attempts
    SEMI JOIN kept USING (call_key, attempt_id)
), decided AS (
    SELECT
        decision_id,
        propensity,
        CASE
            WHEN length("text") <= $head + $tail THEN "text"
            ELSE left("text", $head) || chr(10) || right("text", $tail)
        END AS "text"
    FROM decisions
    -- By number: texts are read of nothing else.
    WHERE rowid IN (SELECT decisions.rowid FROM decisions SEMI JOIN answered USING (call_key, decision_id))
)
SELECT
    kept.task_type,
    kept.model,
    kept.quality,
    kept.cost_usd::DOUBLE AS cost_usd,
    kept.latency_s,
    answered.output_tokens,
    decided.propensity,
    decided."text"
FROM kept
JOIN answered USING (call_key, attempt_id)
LEFT JOIN decided USING (decision_id)
ORDER BY kept.started_at, kept.attempt_id
