-- One row per start or resumption that the ledger has not seen.
INSERT INTO run_starts BY NAME
SELECT
    run_id,
    started_at,
    job,
    job_hash,
    policy,
    weights_version,
    budget_usd,
    n_items,
    flow_run_id,
    credits
FROM staged_run_started
ON CONFLICT DO NOTHING
