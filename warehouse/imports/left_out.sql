-- One row per reason for which rows of the export are none of ours, with their number; the most frequent first.
SELECT
    left_out AS reason,
    count(*) AS rows_
FROM checked
WHERE left_out IS NOT NULL
GROUP BY left_out
ORDER BY rows_ DESC, reason
