-- One row per checked expectation that the ledger has not seen.
INSERT INTO validations BY NAME
SELECT
    validation_id,
    suite,
    expectation,
    "table",
    success,
    observed,
    unexpected_count,
    critical,
    ran_at,
    rows_query
FROM staged_validation
ON CONFLICT DO NOTHING
