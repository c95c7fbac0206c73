-- One row per run, or import: its budget, attempts and cost.
WITH spent AS (
    SELECT
        run_id,
        sum(attempts)::BIGINT AS attempts,
        sum(calls)::BIGINT AS calls,
        sum(known_cost_usd) AS known_cost_usd,
        sum(attempts - attempts_of_known_cost)::BIGINT AS attempts_of_unknown_cost,
        sum(worst_cost_usd) AS worst_cost_usd,
        sum(attempts - attempts_with_bound)::BIGINT AS attempts_without_bound
    FROM call_totals
    GROUP BY run_id
)
SELECT
    runs.job,
    coalesce(runs.run_id, spent.run_id) AS run_id,
    runs.policy,
    runs.status,
    runs.started_at,
    runs.ended_at,
    runs.n_items,
    runs.n_failed,
    runs.budget_usd,
    coalesce(spent.calls, 0) AS calls,
    coalesce(spent.attempts, 0) AS attempts,
    coalesce(spent.known_cost_usd, 0)::DECIMAL(18, 9) AS known_cost_usd,
    CASE
        WHEN coalesce(spent.attempts_of_unknown_cost, 0) = 0 THEN coalesce(spent.known_cost_usd, 0)::DECIMAL(18, 9)
    END AS cost_usd,
    CASE
        WHEN coalesce(spent.attempts_without_bound, 0) = 0 THEN coalesce(spent.worst_cost_usd, 0)::DECIMAL(18, 9)
    END AS worst_cost_usd,
    coalesce(spent.attempts_of_unknown_cost, 0) AS attempts_of_unknown_cost
FROM runs
-- What a run spent counts also before its start has landed.
FULL JOIN spent ON spent.run_id = runs.run_id
