-- One row per row of scores that may be about one of the touched calls, and its place in the table.
SELECT
    scores.rowid AS place,
    scores.score_id
FROM scores
WHERE scores.rowid IN (SELECT place FROM likely_scores)
