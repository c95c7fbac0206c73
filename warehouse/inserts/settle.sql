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
    latency_s = outcome.latency_s,
    queue_s = outcome.queue_s,
    ended_at = outcome.ended_at,
    response_text = outcome.response_text
FROM staged_outcome AS outcome
WHERE attempts.ended_at IS NULL AND attempts.attempt_id = outcome.intent.attempt_id
