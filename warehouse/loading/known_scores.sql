-- One row per row of scores that is about one of the touched calls, and its place in the table.
SELECT
    scores.rowid AS place,
    scores.score_id
FROM scores
SEMI JOIN touched_calls USING (call_key, call_id)
WHERE scores.rowid IN (SELECT place FROM likely_scores)
