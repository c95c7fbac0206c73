-- One row per UTC day, provider and model (or line without a model) of an invoice; a period without usage has 0 rows.
SELECT
    day,
    provider,
    foreign_model,
    CASE WHEN foreign_model IS NULL THEN line_item END AS line_item,
    count(*) FILTER (WHERE NOT is_empty) AS rows_,
    sum(n_requests)::BIGINT AS n_requests,
    sum(input_tokens)::BIGINT AS input_tokens,
    sum(output_tokens)::BIGINT AS output_tokens,
    sum(cached_tokens)::BIGINT AS cached_tokens,
    sum(cost_usd)::DECIMAL(18, 9) AS cost_usd,
    coalesce(max(decimals), 0) AS decimals
FROM checked
WHERE len(complaints) = 0
GROUP BY ALL
ORDER BY ALL
