-- One row per drift that the ledger has not seen.
INSERT INTO drifts BY NAME
SELECT
    drift_id,
    task_type,
    model,
    measure,
    "before",
    "after",
    n_before,
    n_after,
    since,
    detected_at,
    found_at
FROM staged_drift
ANTI JOIN drifts USING (drift_id)
WHERE staged_drift.rowid IN (SELECT min(rowid) FROM staged_drift GROUP BY drift_id)
