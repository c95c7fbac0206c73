-- One row per segment that was landed.
INSERT INTO segments BY NAME
SELECT
    segment,
    checksum,
    n_bytes,
    n_records,
    n_quarantined,
    is_abandoned,
    is_torn,
    $landed_at::TIMESTAMPTZ AS landed_at
FROM landed
ON CONFLICT (segment) DO UPDATE SET
    checksum = excluded.checksum,
    n_bytes = excluded.n_bytes,
    n_records = excluded.n_records,
    n_quarantined = excluded.n_quarantined,
    is_torn = excluded.is_torn,
    landed_at = excluded.landed_at
