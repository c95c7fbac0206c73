-- One row per intent without an outcome: status unknown, cost unknown, its worst case reserved.
INSERT INTO attempts BY NAME
SELECT
    attempt_id,
    call_id,
    decision_id,
    run_id,
    item_id,
    step,
    task_type,
    model,
    deployment,
    provider,
    attempt_no,
    is_fallback,
    fallback_from,
    fallback_cause,
    'unknown' AS status,
    reserved_usd,
    price_id,
    'unknown' AS cost_source,
    started_at,
    left(prompt_hash, 32) AS prompt_hash,
    prompt_text,
    call_key
FROM staged_intent
ANTI JOIN (SELECT intent.attempt_id AS attempt_id FROM staged_outcome) AS ended USING (attempt_id)
ANTI JOIN known_attempts USING (attempt_id)
WHERE staged_intent.rowid IN (SELECT min(rowid) FROM staged_intent GROUP BY attempt_id)
