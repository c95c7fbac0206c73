-- One row per bucket of a usage export: period, category and whatever else it groups by; rows of one bucket added up.
WITH good AS (
    SELECT
        *,
        -- What the export groups by is told by the columns that hold anything.
        concat_ws(
            ',',
            CASE WHEN count(groups_.api_key_id) OVER same_kind > 0 THEN 'api_key_id' END,
            CASE WHEN count(groups_.api_source) OVER same_kind > 0 THEN 'api_source' END,
            CASE WHEN count(groups_.batch) OVER same_kind > 0 THEN 'batch' END,
            CASE WHEN count(groups_.line_item) OVER same_kind > 0 THEN 'line_item' END,
            CASE WHEN count(groups_.model) OVER same_kind > 0 THEN 'model' END,
            CASE WHEN count(groups_.organization_id) OVER same_kind > 0 THEN 'organization_id' END,
            CASE WHEN count(groups_.project_id) OVER same_kind > 0 THEN 'project_id' END,
            CASE WHEN count(groups_.service_tier) OVER same_kind > 0 THEN 'service_tier' END,
            CASE WHEN count(groups_.size) OVER same_kind > 0 THEN 'size' END,
            CASE WHEN count(groups_.source) OVER same_kind > 0 THEN 'source' END,
            CASE WHEN count(groups_.user_id) OVER same_kind > 0 THEN 'user_id' END
        ) AS grouped_by
    FROM checked
    WHERE left_out IS NULL AND len(complaints) = 0
    WINDOW same_kind AS (PARTITION BY category)
), once AS (
    -- The same row twice is the same page twice; rows that differ in figures alone are parts of one bucket.
    SELECT DISTINCT ON (category, groups_, started_at, ended_at, n_requests, input_tokens, output_tokens, cached_tokens, cost)
        *
    FROM good
    ORDER BY line
)
SELECT
    min(line) AS line,
    category,
    grouped_by,
    to_json(groups_)::VARCHAR AS groups_json,
    any_value(foreign_model) AS foreign_model,
    any_value(line_item) AS line_item,
    any_value(is_batch) AS is_batch,
    started_at,
    ended_at,
    sum(n_requests)::BIGINT AS n_requests,
    sum(input_tokens)::BIGINT AS input_tokens,
    sum(output_tokens)::BIGINT AS output_tokens,
    sum(cached_tokens)::BIGINT AS cached_tokens,
    sum(cost_usd)::DECIMAL(18, 9) AS cost_usd,
    count(*) AS rows_
FROM once
GROUP BY category, grouped_by, groups_, started_at, ended_at
ORDER BY line
