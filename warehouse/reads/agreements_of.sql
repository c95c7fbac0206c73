-- One row per answer of one call that was held against further ones, oldest first.
SELECT
    agreement_id,
    call_id,
    attempt_id,
    scorer,
    scorer_version,
    agreement,
    n_samples,
    n_seen,
    detail,
    measured_at
FROM agreements
WHERE call_key = call_key_of($call_id) AND call_id = $call_id
ORDER BY measured_at, agreement_id
