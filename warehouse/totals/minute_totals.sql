-- One row per run and UTC minute in which it called: what the attempts that began in it add up to.
SELECT
    run_id,
    time_bucket(INTERVAL 1 minute, started_at) AS minute,
    count(*) AS attempts,
    count(coalesce(cost_usd, reserved_usd)) AS attempts_with_bound,
    coalesce(sum(cost_usd), 0)::DECIMAL(18, 9) AS known_cost_usd,
    -- Reservations stand in for costs that are unknown.
    coalesce(sum(coalesce(cost_usd, reserved_usd)), 0)::DECIMAL(18, 9) AS worst_cost_usd
FROM query_table(attempts_name)
GROUP BY ALL
