-- One row per call of a list that the ledger has.
SELECT DISTINCT call_id
FROM attempts
WHERE
    -- First by 32 bits of the id, as everywhere.
    call_key IN (SELECT call_key_of(call_id) FROM (SELECT unnest($ids::VARCHAR[]) AS call_id))
    AND call_id IN (SELECT unnest($ids::VARCHAR[]))
