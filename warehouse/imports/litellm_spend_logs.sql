-- One row per row of LiteLLM's spend logs (its table LiteLLM_SpendLogs): what we take of it, as texts.
WITH told AS (
    SELECT
        line,
        content,
        coalesce(object_at(content, 'metadata'), '{}'::JSON) AS metadata,
        coalesce(word(text_at(content, 'call_type')), '') AS call_type,
        lower(coalesce(word(text_at(content, 'status')), word(text_at(object_at(content, 'metadata'), 'status')), 'success')) AS said,
        lower(coalesce(word(text_at(content, 'cache_hit')), '')) IN ('true', 't', '1') AS is_cached
    FROM raw
), failed AS (
    SELECT
        *,
        coalesce(object_at(metadata, 'error_information'), '{}'::JSON) AS error,
        coalesce(object_at(metadata, 'additional_usage_values'), '{}'::JSON) AS additional,
        object_at(coalesce(object_at(metadata, 'usage_object'), '{}'::JSON), 'prompt_tokens_details') AS details
    FROM told
)
SELECT
    line,
    CASE
        WHEN call_type NOT IN (
            '', 'completion', 'acompletion', 'text_completion', 'atext_completion', 'embedding', 'aembedding',
            'responses', 'aresponses', 'anthropic_messages', 'generate_content', 'agenerate_content',
            'generate_content_stream', 'agenerate_content_stream'
        ) THEN 'call type ' || call_type
        WHEN said = 'failure' AND word(text_at(content, 'model')) IS NULL THEN 'failed before a model was chosen'
    END AS left_out,
    word(text_at(content, 'request_id')) AS foreign_id,
    word(text_at(content, 'request_id')) AS item_id,
    coalesce(nullif(call_type, ''), 'completion') AS step,
    list_concat(list_at(content, 'request_tags'), [word(text_at(content, 'model_group')), call_type]) AS labels,
    CASE WHEN call_type LIKE '%embedding' THEN 'embed' END AS task_hint,
    word(text_at(content, 'model')) AS foreign_model,
    word(text_at(content, 'model_group')) AS model_group,
    word(text_at(content, 'custom_llm_provider')) AS provider,
    CASE
        WHEN said = 'failure' AND word(text_at(error, 'error_code')) = '429' THEN 'rate_limited'
        WHEN said = 'failure' AND word(text_at(error, 'error_code')) IN ('408', '504') THEN 'timeout'
        WHEN said = 'failure' THEN 'error'
        WHEN said <> 'success' THEN said
        WHEN is_cached THEN 'cached'
        ELSE 'ok'
    END AS status,
    word(text_at(error, 'error_class')) AS error_type,
    word(text_at(error, 'error_message')) AS error_message,
    word(text_at(content, 'prompt_tokens')) AS input_tokens,
    word(text_at(content, 'completion_tokens')) AS output_tokens,
    coalesce(word(text_at(additional, 'cache_read_input_tokens')), word(text_at(details, 'cached_tokens'))) AS cached_tokens,
    word(text_at(content, 'spend')) AS cost,
    word(text_at(content, 'start_time')) AS started,
    word(text_at(content, 'end_time')) AS ended,
    word(text_at(content, 'request_duration_ms')) AS duration_ms,
    json_extract(content, '$.messages') AS prompt,
    json_extract(content, '$.response') AS response
FROM failed
