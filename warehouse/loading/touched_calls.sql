-- One row per call_key of the calls that the staged records are about. Another call may have the same, and comes along.
SELECT DISTINCT call_key
FROM (
    SELECT call_key FROM staged_decision
    UNION ALL
    SELECT call_key FROM staged_outcome
    UNION ALL
    SELECT call_key FROM staged_intent
    UNION ALL
    SELECT call_key FROM staged_imported_attempt
    UNION ALL
    SELECT call_key FROM staged_score
)
