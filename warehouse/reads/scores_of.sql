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
WHERE
    -- First by 32 bits of the id alone: texts are read of nothing else.
    rowid IN (SELECT scores.rowid FROM scores WHERE scores.call_key = call_key_of($call_id))
    AND call_id = $call_id
ORDER BY scored_at, score_id
