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
    decided_at,
    "text",
    state,
    fallbacks,
    cascade,
    call_key,
    forecast
FROM staged_decision
ANTI JOIN known_decisions USING (decision_id)
WHERE staged_decision.rowid IN (SELECT min(rowid) FROM staged_decision GROUP BY decision_id)
