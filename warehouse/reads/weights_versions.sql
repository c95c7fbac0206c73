-- One row per weights version, the one that took its status last first.
SELECT
    weights_version,
    parent,
    status,
    document,
    data_from,
    data_to,
    n_calls,
    estimates,
    gate,
    created_at,
    changed_at
FROM weights
ORDER BY changed_at DESC, weights_version
