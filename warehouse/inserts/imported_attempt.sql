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
    latency_s,
    started_at,
    ended_at,
    prompt_hash,
    prompt_text,
    response_text,
    origin,
    foreign_id
FROM staged_imported_attempt
ON CONFLICT DO NOTHING
