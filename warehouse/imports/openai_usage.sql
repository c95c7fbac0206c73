-- One row per row of an export of OpenAI's usage or costs, of its API or its dashboard: what we take of it, as texts.
WITH told AS (
    SELECT
        line,
        content,
        object_at(content, 'amount') AS amount,
        json_keys(content) AS keys,
        word(text_at(content, 'line_item')) AS line_item
    FROM raw
)
SELECT
    line,
    CASE
        WHEN regexp_matches(text_at(content, 'object'), '^organization\.costs\.') THEN 'costs'
        WHEN regexp_matches(text_at(content, 'object'), '^organization\.usage\.\w+\.')
            THEN regexp_extract(text_at(content, 'object'), '^organization\.usage\.(\w+)\.', 1)
        WHEN text_at(content, 'object') IS NOT NULL THEN NULL
        WHEN list_has_any(keys, ['amount_value', 'amount']) THEN 'costs'
        WHEN list_contains(keys, 'output_tokens') THEN 'completions'
        WHEN list_contains(keys, 'images') THEN 'images'
        WHEN list_contains(keys, 'characters') THEN 'audio_speeches'
        WHEN list_contains(keys, 'seconds') THEN 'audio_transcriptions'
        WHEN list_contains(keys, 'input_tokens') THEN 'embeddings'
        -- The dashboard writes an export without any usage as its periods alone.
        WHEN list_has_all(['start_time', 'end_time', 'start_time_iso', 'end_time_iso'], keys) THEN 'empty'
    END AS category,
    word(text_at(content, 'start_time')) AS started,
    word(text_at(content, 'end_time')) AS ended,
    line_item,
    coalesce(
        word(text_at(content, 'model')),
        -- "priority | gpt-5-mini-2025-08-07 audio, cached input": the model stands before the comma.
        nullif(regexp_extract(line_item, '^(?:[^|]*\|\s*)?([\w.:/-]+)[^,|]*,', 1), '')
    ) AS foreign_model,
    lower(word(text_at(content, 'batch'))) AS batch,
    word(text_at(content, 'num_model_requests')) AS requests,
    word(text_at(content, 'input_tokens')) AS input_tokens,
    word(text_at(content, 'output_tokens')) AS output_tokens,
    word(text_at(content, 'input_cached_tokens')) AS cached_tokens,
    coalesce(word(text_at(amount, 'value')), word(text_at(content, 'amount_value'))) AS cost,
    lower(coalesce(word(text_at(amount, 'currency')), word(text_at(content, 'amount_currency')))) AS currency,
    word(text_at(content, 'quantity')) AS quantity,
    {
        'api_key_id': word(text_at(content, 'api_key_id')),
        'api_source': word(text_at(content, 'api_source')),
        'batch': word(text_at(content, 'batch')),
        'line_item': line_item,
        'model': word(text_at(content, 'model')),
        'organization_id': word(text_at(content, 'organization_id')),
        'project_id': word(text_at(content, 'project_id')),
        'service_tier': word(text_at(content, 'service_tier')),
        'size': word(text_at(content, 'size')),
        'source': word(text_at(content, 'source')),
        'user_id': word(text_at(content, 'user_id'))
    } AS groups_
FROM told
