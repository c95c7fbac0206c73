-- One row per place in decisions of what may be about one of the touched calls, told by 32 bits of the id.
SELECT decisions.rowid AS place
FROM decisions
SEMI JOIN touched_calls USING (call_key)
