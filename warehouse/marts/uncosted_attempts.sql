-- One row per attempt whose cost nobody knows, and which focus_charges leaves out: why, and what it may have cost at most.
SELECT
    attempt_id,
    call_id,
    run_id,
    step,
    task_type,
    provider,
    model,
    deployment,
    status,
    origin,
    CASE
        WHEN origin <> 'pointsman' THEN 'not in the export'
        WHEN ended_at IS NULL THEN 'no outcome'
        WHEN input_tokens IS NULL OR output_tokens IS NULL THEN 'no usage'
        ELSE 'unknown price'
    END AS reason,
    input_tokens,
    output_tokens,
    price_id,
    reserved_usd AS worst_cost_usd,
    started_at,
    ended_at
FROM attempts
WHERE cost_usd IS NULL
