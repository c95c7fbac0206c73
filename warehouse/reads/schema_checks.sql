-- One row per condition that the rows of a table have to fulfil.
SELECT
    table_name AS relation,
    constraint_text AS condition
FROM duckdb_constraints()
WHERE constraint_type = 'CHECK'
ORDER BY table_name, constraint_text
