-- One row per judgement of the calls of `made`: a check of four in five, a person of one in a hundred.
INSERT INTO scores BY NAME
SELECT
    md5('score' || n || source) AS score_id,
    call_id,
    CASE source WHEN 'human' THEN 'feedback' ELSE 'exact' END AS scorer,
    '1' AS scorer_version,
    source,
    (luck < models.skill)::DOUBLE AS score,
    CASE source WHEN 'human' THEN 'reviewer-' || n % 12 END AS scored_by,
    started_at + to_seconds(60) AS scored_at,
    call_key_of(call_id) AS call_key
FROM made
JOIN models ON models.id = made.model_no
JOIN (VALUES ('check'), ('human')) AS sources(source) ON source = 'check' OR n % 100 = 0
WHERE n % 5 <> 4 AND fate >= 0.027
ORDER BY n, source
