-- One row per run with a budget and UTC minute in which it called: spent so far, and the share of the budget.
WITH minutes AS (
    SELECT
        attempts.run_id,
        time_bucket(INTERVAL 1 minute, attempts.started_at) AS minute,
        any_value(runs.budget_usd) AS budget_usd,
        count(*) AS attempts,
        coalesce(sum(attempts.cost_usd), 0) AS known_cost_usd,
        -- Reservations stand in for costs that are unknown; what has neither counts as unbounded.
        coalesce(sum(coalesce(attempts.cost_usd, attempts.reserved_usd)), 0) AS worst_cost_usd,
        count(*) - count(coalesce(attempts.cost_usd, attempts.reserved_usd)) AS attempts_without_bound
    FROM attempts
    JOIN runs USING (run_id)
    WHERE runs.budget_usd IS NOT NULL
    GROUP BY attempts.run_id, minute
)
SELECT
    run_id,
    minute,
    budget_usd,
    (sum(attempts) OVER so_far)::BIGINT AS attempts_so_far,
    (sum(known_cost_usd) OVER so_far)::DECIMAL(18, 9) AS known_cost_so_far_usd,
    (sum(worst_cost_usd) OVER so_far)::DECIMAL(18, 9) AS worst_cost_so_far_usd,
    (sum(attempts_without_bound) OVER so_far)::BIGINT AS attempts_without_bound_so_far,
    (sum(known_cost_usd) OVER so_far)::DOUBLE / nullif(budget_usd, 0)::DOUBLE AS burnt_share
FROM minutes
WINDOW so_far AS (PARTITION BY run_id ORDER BY minute)
