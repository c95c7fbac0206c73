-- One row per place in attempts of what may be about one of the touched calls, told by 32 bits of the id.
SELECT attempts.rowid AS place
FROM attempts
SEMI JOIN touched_calls USING (call_key)
