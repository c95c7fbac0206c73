-- One row per attempt that was landed as an intent alone and whose outcome has come.
UPDATE attempts
SET
    status = outcome.status,
    error_type = outcome.error_type,
    error_message = outcome.error_message,
    input_tokens = outcome.input_tokens,
    output_tokens = outcome.output_tokens,
    cached_tokens = outcome.cached_tokens,
    cost_usd = outcome.cost_usd,
    cost_source = outcome.cost_source,
    latency_s = round(outcome.latency_s, 6),
    queue_s = round(outcome.queue_s, 6),
    ended_at = outcome.ended_at,
    response_text = outcome.response_text
FROM staged_outcome AS outcome
JOIN known_attempts AS known ON known.attempt_id = outcome.intent.attempt_id
WHERE
    attempts.rowid = known.place
    AND known.ended_at IS NULL
    AND outcome.rowid IN (SELECT min(rowid) FROM staged_outcome GROUP BY intent.attempt_id)
