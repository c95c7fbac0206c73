-- One row per column of the warehouse's tables and views, in their order.
SELECT
    table_name AS relation,
    column_name AS name,
    data_type,
    is_nullable,
    coalesce(comment, '') AS meaning
FROM duckdb_columns()
WHERE NOT internal
ORDER BY table_name, column_index
