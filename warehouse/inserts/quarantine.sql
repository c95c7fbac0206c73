-- One row per refused record that is not in quarantine yet.
INSERT INTO quarantine BY NAME
SELECT
    segment,
    line,
    record,
    reason,
    $landed_at::TIMESTAMPTZ AS quarantined_at
FROM refused
ON CONFLICT DO NOTHING
