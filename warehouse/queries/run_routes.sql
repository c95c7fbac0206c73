-- One row per step, policy, rule and chosen model of one run: what was routed where, and why.
SELECT
    step,
    task_type,
    policy,
    rule,
    model,
    min(refusal) AS refusal,  -- one of them: each tells of its own request
    count(*) AS n,
    count(*) FILTER (WHERE explored) AS explored,
    avg(propensity) AS mean_propensity
FROM decisions
WHERE run_id = $run_id
GROUP BY step, task_type, policy, rule, model
ORDER BY min(decided_at), step, n DESC, model, rule
