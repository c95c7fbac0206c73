-- One row per measured answer that the ledger has not seen.
INSERT INTO agreements BY NAME
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
    measured_at,
    call_key
FROM staged_agreement
ANTI JOIN agreements USING (agreement_id)
WHERE staged_agreement.rowid IN (SELECT min(rowid) FROM staged_agreement GROUP BY agreement_id)
