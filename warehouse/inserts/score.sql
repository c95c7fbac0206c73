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
    attempt_id,
    call_key
FROM staged_score
ANTI JOIN known_scores USING (score_id)
WHERE staged_score.rowid IN (
    -- What a person said last counts, of all others the first.
    SELECT coalesce(arg_max(rowid, scored_at) FILTER (WHERE source = 'human'), min(rowid))
    FROM staged_score
    GROUP BY score_id
)
