-- One row per complaint about a row that would have been imported, in the order of the file.
SELECT
    line,
    complaint.field AS field,
    complaint.value AS value,
    complaint.problem AS problem
FROM (
    SELECT line, unnest(complaints) AS complaint
    FROM checked
    WHERE left_out IS NULL
)
ORDER BY line
