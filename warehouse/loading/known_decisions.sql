-- One row per row of decisions that may be about one of the touched calls, and its place in the table.
SELECT
    decisions.rowid AS place,
    decisions.decision_id
FROM decisions
WHERE decisions.rowid IN (SELECT place FROM likely_decisions)
