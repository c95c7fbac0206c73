-- One row per attempt that can be imported, in the order of the file: its id, and its item's.
SELECT
    foreign_id,
    item_id
FROM checked
WHERE left_out IS NULL AND NOT is_repeated AND len(complaints) = 0
ORDER BY line
