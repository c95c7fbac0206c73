-- One row per row of attempts that may be about one of the touched calls, and its place in the table.
SELECT
    attempts.rowid AS place,
    attempts.attempt_id,
    attempts.ended_at
FROM attempts
WHERE attempts.rowid IN (SELECT place FROM likely_attempts)
