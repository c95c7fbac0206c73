-- One row per end of a run that the ledger has not seen.
INSERT INTO run_ends BY NAME
SELECT
    run_id,
    ended_at,
    status,
    n_failed
FROM staged_run_ended
ON CONFLICT DO NOTHING
