-- One row per imported call of a list of foreign ids, or of a list of items: its id and its item in the export.
SELECT
    foreign_id,
    item_id
FROM attempts
WHERE
    origin = $origin
    AND (
        foreign_id IN (SELECT unnest($foreign_ids::VARCHAR[]))
        OR item_id IN (SELECT unnest($item_ids::VARCHAR[]))
    )
