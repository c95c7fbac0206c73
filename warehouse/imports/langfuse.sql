-- One row per observation of a Langfuse export, of its interface, its API or its blob storage: what we take of it.
WITH told AS (
    SELECT
        line,
        content,
        upper(coalesce(word(text_at(content, 'type')), '')) AS type,
        coalesce(word(text_at(content, 'model')), word(text_at(content, 'provided_model_name'))) AS model,
        coalesce(object_at(content, 'usage_details'), object_at(content, 'usage'), '{}'::JSON) AS used,
        coalesce(object_at(content, 'cost_details'), '{}'::JSON) AS costs
    FROM raw
), keyed AS (
    -- The parts of a prompt exclude each other in Langfuse: its tokens are their sum, cached ones included.
    SELECT
        *,
        [
            text_at(used, k) FOR k IN json_keys(used)
            IF NOT contains(lower(k), 'cost')
                AND (k LIKE 'input%' OR k LIKE 'cache_%_input_tokens' OR k IN ('promptTokens', 'prompt_tokens'))
        ] AS inputs,
        [
            text_at(used, k) FOR k IN json_keys(used)
            IF NOT contains(lower(k), 'cost') AND (k LIKE 'output%' OR k IN ('completionTokens', 'completion_tokens'))
        ] AS outputs,
        [
            text_at(used, k) FOR k IN json_keys(used)
            IF (k LIKE 'input%cache%' OR k LIKE 'cache_read%') AND NOT (contains(k, 'creat') OR contains(k, 'write'))
        ] AS caches
    FROM told
)
SELECT
    line,
    CASE
        WHEN type NOT IN ('GENERATION', 'EMBEDDING', '') THEN 'observation of type ' || type
        WHEN model IS NULL THEN 'generation without a model'
    END AS left_out,
    word(text_at(content, 'id')) AS foreign_id,
    coalesce(word(text_at(content, 'trace_id')), word(text_at(content, 'id'))) AS item_id,
    coalesce(word(text_at(content, 'name')), 'generation') AS step,
    list_concat(
        [word(text_at(content, 'name')), word(text_at(content, 'prompt_name')), word(text_at(content, 'trace_name'))],
        list_at(content, 'tags'),
        list_at(content, 'trace_tags')
    ) AS labels,
    CASE WHEN type = 'EMBEDDING' THEN 'embed' END AS task_hint,
    model AS foreign_model,
    NULL::VARCHAR AS model_group,
    NULL::VARCHAR AS provider,
    CASE
        WHEN upper(word(text_at(content, 'level'))) = 'ERROR' THEN 'error'
        WHEN word(text_at(content, 'end_time')) IS NULL THEN 'unknown'
        ELSE 'ok'
    END AS status,
    CASE WHEN upper(word(text_at(content, 'level'))) = 'ERROR' THEN 'ERROR' END AS error_type,
    word(text_at(content, 'status_message')) AS error_message,
    -- Its own sums are 0 where nothing was counted.
    coalesce(
        sum_of(inputs),
        nullif(word(text_at(content, 'prompt_tokens')), '0'),
        nullif(word(text_at(content, 'input_usage')), '0')
    ) AS input_tokens,
    coalesce(
        sum_of(outputs),
        nullif(word(text_at(content, 'completion_tokens')), '0'),
        nullif(word(text_at(content, 'output_usage')), '0')
    ) AS output_tokens,
    sum_of(caches) AS cached_tokens,
    coalesce(
        word(text_at(content, 'total_cost')),
        word(text_at(content, 'calculated_total_cost')),
        word(text_at(costs, 'total')),
        -- Of parts without their total, what they add up to.
        sum_of_usd([text_at(costs, k) FOR k IN json_keys(costs)]),
        word(text_at(used, 'totalCost'))
    ) AS cost,
    word(text_at(content, 'start_time')) AS started,
    word(text_at(content, 'end_time')) AS ended,
    NULL::VARCHAR AS duration_ms,
    json_extract(content, '$.input') AS prompt,
    json_extract(content, '$.output') AS response
FROM keyed
