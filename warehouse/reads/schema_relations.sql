-- One row per table and view of the warehouse: what it is, and what its rows are.
SELECT
    relations.name,
    relations.kind,
    coalesce(relations.comment, '') AS grain,
    coalesce(keys.columns, []) AS key
FROM (
    SELECT table_name AS name, 'table' AS kind, comment
    FROM duckdb_tables()
    WHERE NOT internal
    UNION ALL
    SELECT view_name AS name, 'view' AS kind, comment
    FROM duckdb_views()
    WHERE NOT internal
) AS relations
LEFT JOIN (
    SELECT table_name AS name, constraint_column_names AS columns
    FROM duckdb_constraints()
    WHERE constraint_type = 'PRIMARY KEY'
) AS keys USING (name)
ORDER BY relations.name
