-- One row per run with a budget and UTC minute in which it called: spent so far, and the share of the budget.
WITH minutes AS (
    SELECT
        minute_totals.run_id,
        minute_totals.minute,
        runs.budget_usd,
        minute_totals.attempts,
        minute_totals.known_cost_usd,
        minute_totals.worst_cost_usd,
        -- What has neither a cost nor a reservation counts as unbounded.
        minute_totals.attempts - minute_totals.attempts_with_bound AS attempts_without_bound
    FROM minute_totals
    JOIN runs USING (run_id)
    WHERE runs.budget_usd IS NOT NULL
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
