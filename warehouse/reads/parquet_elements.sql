-- One row per element of a Parquet file's schema, a parent before its members.
SELECT name, coalesce(num_children, 0) AS n_members
FROM parquet_schema($path)
ORDER BY column_id
