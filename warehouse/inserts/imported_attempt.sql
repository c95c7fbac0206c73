-- One row per imported attempt that the ledger has not seen.
INSERT INTO attempts BY NAME
SELECT
    attempt_id,
    call_id,
    run_id,
    item_id,
    step,
    task_type,
    model,
    deployment,
    provider,
    1 AS attempt_no,
    false AS is_fallback,
    status,
    error_type,
    error_message,
    input_tokens,
    output_tokens,
    cached_tokens,
    cost_usd,
    CASE WHEN cost_usd IS NULL THEN 'unknown' ELSE 'provider' END AS cost_source,
    round(latency_s, 6) AS latency_s,
    started_at,
    ended_at,
    left(prompt_hash, 32) AS prompt_hash,
    prompt_text,
    response_text,
    origin,
    foreign_id,
    call_key
FROM staged_imported_attempt
ANTI JOIN known_attempts USING (attempt_id)
WHERE staged_imported_attempt.rowid IN (SELECT min(rowid) FROM staged_imported_attempt GROUP BY attempt_id)
