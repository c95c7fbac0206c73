-- One row per score that can be imported, in the order of the file.
SELECT
    line,
    foreign_id,
    observation_id,
    trace_id,
    name,
    value,
    source,
    comment,
    author,
    scored_at,
    ordinal
FROM checked
WHERE left_out IS NULL AND NOT is_repeated AND len(complaints) = 0
ORDER BY line, name, ordinal
