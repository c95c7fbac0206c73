-- One row: one run and what it cost.
SELECT
    cost.run_id,
    cost.job,
    cost.policy,
    cost.status,
    runs.weights_version,
    cost.n_items,
    cost.n_failed,
    cost.budget_usd,
    cost.calls,
    cost.attempts,
    cost.known_cost_usd,
    cost.cost_usd,
    cost.worst_cost_usd,
    cost.started_at,
    cost.ended_at
FROM cost_by_job_run AS cost
JOIN runs USING (run_id)
WHERE cost.run_id = $run_id
