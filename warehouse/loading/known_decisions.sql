-- One row per row of decisions that is about one of the touched calls, and its place in the table.
SELECT
    decisions.rowid AS place,
    decisions.decision_id
FROM decisions
SEMI JOIN touched_calls USING (call_key, call_id)
WHERE decisions.rowid IN (SELECT place FROM likely_decisions)
