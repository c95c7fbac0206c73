-- One row per judgement that the ledger has not seen.
INSERT INTO scores BY NAME
SELECT
    score_id,
    call_id,
    scorer,
    scorer_version,
    source,
    score,
    detail,
    cost_call_id,
    scored_by,
    scored_at,
    attempt_id
FROM staged_score
ON CONFLICT DO NOTHING
