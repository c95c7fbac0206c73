-- One row per answer of a step of a job that credits steps with the final score: its own score, and its item's final one.
WITH answered AS (
    -- A call belongs to one run; joining by both lets a filter by the run through.
    SELECT
        attempts.call_key,
        attempts.call_id,
        attempts.attempt_id,
        attempts.run_id,
        attempts.item_id,
        run_credits.job,
        attempts.step,
        run_credits.final_step,
        run_credits.weight,
        attempts.task_type,
        attempts.model,
        attempts.status,
        attempts.started_at,
        -- What a cascade goes on with is chosen by the answer before, and no choice of a model: the item is the first's.
        coalesce(attempts.fallback_cause = 'escalated', FALSE) AS is_escalated,
        bool_or(attempts.fallback_cause = 'escalated') OVER (PARTITION BY attempts.call_key, attempts.call_id)
            AS has_escalated,
        row_number() OVER (
            PARTITION BY attempts.call_key, attempts.call_id, coalesce(attempts.fallback_cause = 'escalated', FALSE)
            ORDER BY attempts.started_at DESC, attempts.attempt_no DESC, attempts.attempt_id DESC
        ) = 1 AS is_last
    FROM attempts
    JOIN run_credits ON run_credits.run_id = attempts.run_id AND run_credits.step = attempts.step
), refusals AS (
    -- What judges one attempt, and not its call, says that the step could not use the answer.
    SELECT DISTINCT
        call_key,
        attempt_id
    FROM scores
    WHERE attempt_id IS NOT NULL AND score = 0
), own AS (
    SELECT
        call_id,
        attempt_id,
        run_id,
        quality
    FROM answers
    WHERE NOT is_usable_alone AND run_id IN (SELECT run_id FROM run_credits)
), judged AS (
    SELECT
        answered.* EXCLUDE (status, call_key, has_escalated),
        refusals.attempt_id IS NOT NULL AND has_escalated IS DISTINCT FROM TRUE AS is_refused,
        own.quality
    FROM answered
    LEFT JOIN refusals ON refusals.call_key = answered.call_key AND refusals.attempt_id = answered.attempt_id
    LEFT JOIN own ON own.call_id = answered.call_id AND own.attempt_id = answered.attempt_id AND own.run_id = answered.run_id
    -- A failure of the provider is no answer.
    WHERE answered.status IN ('ok', 'cached')
), finals AS (
    SELECT
        run_id,
        item_id,
        quality AS final_quality
    FROM judged
    WHERE step = final_step AND is_last AND quality IS NOT NULL
    QUALIFY row_number() OVER (PARTITION BY run_id, item_id ORDER BY is_escalated DESC) = 1
)
SELECT
    judged.call_id,
    judged.attempt_id,
    judged.run_id,
    judged.item_id,
    judged.job,
    judged.step,
    judged.final_step,
    judged.weight,
    judged.task_type,
    judged.model,
    judged.is_refused,
    judged.quality,
    -- Of a refused answer there was no going on: what came of the item is the next model's.
    CASE WHEN judged.is_last AND (judged.step = judged.final_step OR NOT judged.is_refused) THEN finals.final_quality END
        AS final_quality,
    judged.started_at
FROM judged
LEFT JOIN finals USING (run_id, item_id)
WHERE NOT judged.is_escalated
