-- One row per row of scores that may be about one of the touched calls, told by 32 bits of the id.
SELECT scores.rowid AS place
FROM scores
SEMI JOIN touched_calls USING (call_key)
