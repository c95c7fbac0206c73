-- One row per segment that has landed: its name, its bytes and their SHA-256.
SELECT
    segment,
    n_bytes,
    checksum
FROM segments
ORDER BY segment
