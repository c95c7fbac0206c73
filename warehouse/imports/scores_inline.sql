-- One row per score that an observation of a Langfuse export carries: under `scores`, or in a column that is named.
WITH held AS (
    SELECT
        line,
        content,
        coalesce(word(text_at(content, 'request_id')), word(text_at(content, 'id'))) AS observation_id,
        coalesce(word(text_at(content, 'end_time')), word(text_at(content, 'start_time'))) AS scored,
        inner_json(json_extract(content, '$.scores')) AS scores
    FROM raw
), listed AS (
    SELECT
        line,
        observation_id,
        scored,
        unnest(json_extract(scores, '$[*]')) AS score
    FROM held
    WHERE json_type(scores) = 'ARRAY'
), named AS (
    SELECT line, observation_id, scored, unnest(json_keys(scores)) AS name, scores AS values_
    FROM held
    WHERE json_type(scores) = 'OBJECT'
    UNION ALL
    SELECT line, observation_id, scored, unnest($columns::VARCHAR[]) AS name, content AS values_
    FROM held
), valued AS (
    SELECT
        line,
        observation_id,
        scored,
        name,
        CASE
            WHEN json_type(inner_json(json_extract(values_, '$."' || name || '"'))) = 'ARRAY'
                THEN json_extract_string(inner_json(json_extract(values_, '$."' || name || '"')), '$[*]')
            ELSE [text_at(values_, name)]
        END AS texts
    FROM named
)
SELECT
    line,
    word(text_at(score, 'id')) AS foreign_id,
    coalesce(word(text_at(score, 'observationId')), word(text_at(score, 'observation_id')), observation_id)
        AS observation_id,
    NULL::VARCHAR AS trace_id,
    word(text_at(score, 'name')) AS name,
    word(text_at(score, 'value')) AS value,
    upper(coalesce(word(text_at(score, 'dataType')), word(text_at(score, 'data_type')), 'NUMERIC')) AS data_type,
    upper(word(text_at(score, 'source'))) AS source,
    word(text_at(score, 'comment')) AS comment,
    word(text_at(score, 'authorUserId')) AS author,
    coalesce(word(text_at(score, 'timestamp')), scored) AS scored
FROM listed
UNION ALL
SELECT
    line,
    NULL AS foreign_id,
    observation_id,
    NULL AS trace_id,
    name,
    word(text) AS value,
    'NUMERIC' AS data_type,
    NULL AS source,
    NULL AS comment,
    NULL AS author,
    scored
FROM (SELECT line, observation_id, scored, name, unnest(texts) AS text FROM valued)
WHERE word(text) IS NOT NULL
