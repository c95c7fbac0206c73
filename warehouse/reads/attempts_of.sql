-- One row per attempt of one call, oldest first.
SELECT
    attempt_id,
    call_id,
    attempt_no,
    model,
    deployment,
    provider,
    is_fallback,
    fallback_from,
    fallback_cause,
    status,
    error_type,
    error_message,
    input_tokens,
    output_tokens,
    cached_tokens,
    cost_usd,
    reserved_usd,
    cost_source,
    price_id,
    latency_s,
    queue_s,
    started_at,
    ended_at,
    response_text,
    origin,
    foreign_id
FROM attempts
WHERE
    -- First by 32 bits of the id alone: texts are read of nothing else.
    rowid IN (SELECT attempts.rowid FROM attempts WHERE attempts.call_key = call_key_of($call_id))
    AND call_id = $call_id
ORDER BY started_at, attempt_no, attempt_id
