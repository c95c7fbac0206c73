-- One row per outcome whose attempt the ledger has not seen.
INSERT INTO attempts BY NAME
SELECT
    intent.attempt_id AS attempt_id,
    intent.call_id AS call_id,
    intent.decision_id AS decision_id,
    intent.run_id AS run_id,
    intent.item_id AS item_id,
    intent.step AS step,
    intent.task_type AS task_type,
    intent.model AS model,
    intent.deployment AS deployment,
    intent.provider AS provider,
    intent.attempt_no AS attempt_no,
    intent.is_fallback AS is_fallback,
    intent.fallback_from AS fallback_from,
    intent.fallback_cause AS fallback_cause,
    status,
    error_type,
    error_message,
    input_tokens,
    output_tokens,
    cached_tokens,
    cost_usd,
    intent.reserved_usd AS reserved_usd,
    intent.price_id AS price_id,
    cost_source,
    round(latency_s, 6) AS latency_s,
    round(queue_s, 6) AS queue_s,
    intent.started_at AS started_at,
    ended_at,
    left(intent.prompt_hash, 32) AS prompt_hash,
    intent.prompt_text AS prompt_text,
    response_text,
    call_key
FROM staged_outcome
ANTI JOIN known_attempts ON known_attempts.attempt_id = staged_outcome.intent.attempt_id
WHERE staged_outcome.rowid IN (SELECT min(rowid) FROM staged_outcome GROUP BY intent.attempt_id)
