-- One row per usage bucket's state of a list that the ledger has.
SELECT usage_id
FROM imported_usage
WHERE usage_id IN (SELECT unnest($ids::VARCHAR[]))
