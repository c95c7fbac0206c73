-- One row per judgement of one call, oldest first.
SELECT
    score_id,
    call_id,
    scorer,
    scorer_version,
    source,
    score,
    detail,
    scored_by,
    scored_at,
    cost_call_id,
    attempt_id
FROM scores
WHERE call_key = call_key_of($call_id) AND call_id = $call_id
ORDER BY scored_at, score_id
