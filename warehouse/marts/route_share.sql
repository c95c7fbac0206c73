-- One row per task type, policy, rule and model: how many decisions went there, and their share of the task type.
SELECT
    task_type,
    policy,
    rule,
    model,
    count(*) AS decisions,
    count(*) / sum(count(*)) OVER (PARTITION BY task_type) AS share,
    count(*) FILTER (WHERE explored) AS explored
FROM decisions
GROUP BY task_type, policy, rule, model
