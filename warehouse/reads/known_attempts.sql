-- One row per attempt of a list that the ledger has.
SELECT attempt_id
FROM attempts
WHERE attempt_id IN (SELECT unnest($ids::VARCHAR[]))
