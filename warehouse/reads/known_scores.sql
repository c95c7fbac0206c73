-- One row per judgement of a list that the ledger has.
SELECT score_id
FROM scores
WHERE score_id IN (SELECT unnest($ids::VARCHAR[]))
