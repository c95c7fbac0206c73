-- One row per line of a JSON-lines file that is not blank, as the text of its JSON value, in the file's order.
SELECT json AS row_json
FROM read_json_objects(
    $path, format = 'newline_delimited', compression = 'uncompressed', maximum_object_size = $max_bytes
)
