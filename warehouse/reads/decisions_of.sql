-- One row per decision of one call, oldest first.
SELECT
    decision_id,
    call_id,
    run_id,
    item_id,
    step,
    task_type,
    policy,
    rule,
    model,
    propensity,
    explored,
    candidates,
    "lambda",
    weights_version,
    rules_version,
    catalogue_version,
    refusal,
    features,
    decided_at,
    "text",
    state,
    fallbacks,
    cascade,
    forecast
FROM decisions
WHERE
    -- First by 32 bits of the id alone: texts are read of nothing else.
    rowid IN (SELECT decisions.rowid FROM decisions WHERE decisions.call_key = call_key_of($call_id))
    AND call_id = $call_id
ORDER BY decided_at, decision_id
