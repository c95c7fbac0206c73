-- One row: the rows whose id stood in the export before.
SELECT count(*) FILTER (is_repeated AND len(complaints) = 0) AS repeated
FROM checked
