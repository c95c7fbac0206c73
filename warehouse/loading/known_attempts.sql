-- One row per row of attempts that is about one of the touched calls, and its place in the table.
SELECT
    attempts.rowid AS place,
    attempts.attempt_id,
    attempts.ended_at
FROM attempts
SEMI JOIN touched_calls USING (call_key, call_id)
WHERE attempts.rowid IN (SELECT place FROM likely_attempts)
