-- One row per change of a weights version that the ledger has not seen.
INSERT INTO weight_changes BY NAME
SELECT
    weights_version,
    changed_at,
    status,
    parent,
    document::JSON AS document,
    data_from,
    data_to,
    n_calls,
    estimates::JSON AS estimates,
    gate::JSON AS gate,
    created_at
FROM staged_weights
ON CONFLICT DO NOTHING
