-- One row per place in scores of what may be about one of the touched calls, told by 32 bits of the id.
SELECT scores.rowid AS place
FROM scores
SEMI JOIN touched_calls USING (call_key)
