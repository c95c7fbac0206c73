-- One row per decision that the ledger has not seen.
INSERT INTO decisions BY NAME
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
    lambda_ AS "lambda",
    weights_version,
    rules_version,
    catalogue_version,
    refusal,
    features,
    decided_at
FROM staged_decision
ON CONFLICT DO NOTHING
