-- One row per score of an export: its values as what they are, and everything that is wrong with them.
WITH cast_ AS (
    SELECT
        *,
        CASE
            WHEN data_type = 'BOOLEAN' AND lower(value) IN ('true', 'false') THEN (lower(value) = 'true')::INTEGER::DOUBLE
            WHEN is_number(value) THEN try_cast(value AS DOUBLE)
        END AS number,
        as_time(scored) AS at_
    FROM mapped_scores
)
SELECT
    line,
    CASE
        WHEN data_type NOT IN ('NUMERIC', 'BOOLEAN') THEN 'score of type ' || data_type
        WHEN observation_id IS NULL AND trace_id IS NULL THEN 'score of neither an observation nor a trace'
    END AS left_out,
    foreign_id,
    observation_id,
    trace_id,
    name,
    number AS value,
    source,
    comment,
    author,
    at_ AS scored_at,
    row_number() OVER (PARTITION BY line, observation_id, name ORDER BY foreign_id) AS ordinal,
    foreign_id IS NOT NULL AND row_number() OVER (PARTITION BY foreign_id ORDER BY line) > 1 AS is_repeated,
    [
        found FOR found IN [
            complaint(name IS NULL, 'name', NULL, 'is required'),
            complaint(length(name) > 200, 'name', name, 'is longer than 200 characters'),
            complaint(value IS NULL, 'value', NULL, 'is required'),
            complaint(
                value IS NOT NULL AND (number IS NULL OR NOT isfinite(number)),
                'value', value, 'must be a number'
            ),
            complaint(
                source NOT IN ('API', 'ANNOTATION', 'EVAL'),
                'source', source, 'must be API, ANNOTATION or EVAL'
            ),
            complaint(scored IS NULL, 'timestamp', NULL, 'is required'),
            complaint(scored IS NOT NULL AND at_ IS NULL, 'timestamp', scored, 'must be a time'),
            complaint(NOT is_likely_time(at_, $now::TIMESTAMPTZ), 'timestamp', scored, 'must lie between 2015 and now')
        ] IF found IS NOT NULL
    ] AS complaints
FROM cast_
