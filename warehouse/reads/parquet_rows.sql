-- One row per row of a Parquet file, as one JSON object.
SELECT to_json(row_) AS row_json
FROM read_parquet($path, file_row_number = false) AS row_
