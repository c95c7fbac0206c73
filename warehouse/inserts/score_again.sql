-- One row per judgement of a person that the ledger has and that this person has changed since.
UPDATE scores
SET
    scorer_version = latest.scorer_version,
    score = latest.score,
    detail = latest.detail,
    scored_at = latest.scored_at
FROM (
    FROM staged_score
    WHERE source = 'human'
    QUALIFY row_number() OVER (PARTITION BY score_id ORDER BY scored_at DESC) = 1
) AS latest
JOIN known_scores AS known ON known.score_id = latest.score_id
WHERE
    scores.rowid = known.place
    AND scores.source = 'human'
    AND scores.scored_at < latest.scored_at
