-- One row per score of a Langfuse export of scores, of its interface, its API or its blob storage.
SELECT
    line,
    word(text_at(content, 'id')) AS foreign_id,
    coalesce(word(text_at(content, 'observation_id')), word(text_at(content, 'request_id'))) AS observation_id,
    word(text_at(content, 'trace_id')) AS trace_id,
    word(text_at(content, 'name')) AS name,
    word(text_at(content, 'value')) AS value,
    upper(coalesce(word(text_at(content, 'data_type')), 'NUMERIC')) AS data_type,
    upper(word(text_at(content, 'source'))) AS source,
    word(text_at(content, 'comment')) AS comment,
    coalesce(word(text_at(content, 'author_user_id')), word(text_at(content, 'author_user_name'))) AS author,
    coalesce(word(text_at(content, 'timestamp')), word(text_at(content, 'created_at'))) AS scored
FROM raw
