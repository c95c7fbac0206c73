-- One row per call of each run, item and step of three lists, with its place in them; a step that is NULL is any.
WITH names AS (
    SELECT
        unnest(range(len($runs::VARCHAR[]))) AS position,
        unnest($runs::VARCHAR[]) AS run_id,
        unnest($items::VARCHAR[]) AS item_id,
        unnest($steps::VARCHAR[]) AS step
)
SELECT DISTINCT
    names.position,
    attempts.call_id
FROM attempts
JOIN names
    ON names.run_id = attempts.run_id
    AND names.item_id = attempts.item_id
    AND (names.step IS NULL OR names.step = attempts.step)
ORDER BY names.position, attempts.call_id
