-- One row per call that the staged records are about.
SELECT DISTINCT
    call_id,
    call_key_of(call_id) AS call_key
FROM (
    SELECT call_id FROM staged_decision
    UNION ALL
    SELECT intent.call_id AS call_id FROM staged_outcome
    UNION ALL
    SELECT call_id FROM staged_intent
    UNION ALL
    SELECT call_id FROM staged_imported_attempt
    UNION ALL
    SELECT call_id FROM staged_score
)
