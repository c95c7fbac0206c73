-- One row per row of a usage export: its values as what they are, and everything that is wrong with them.
WITH cast_ AS (
    SELECT
        *,
        as_time(started) AS begun,
        as_time(ended) AS over,
        as_count(requests) AS n_requests,
        as_count(input_tokens) AS n_input,
        as_count(output_tokens) AS n_output,
        as_count(cached_tokens) AS n_cached,
        as_count(quantity) AS n_quantity,
        as_usd(cost) AS usd
    FROM mapped
)
SELECT
    line,
    CASE
        WHEN category = 'empty' THEN 'period without usage'
        WHEN coalesce(requests, input_tokens, output_tokens, cost, line_item, foreign_model) IS NOT NULL THEN NULL
        WHEN category IN ('completions', 'embeddings', 'moderations', 'costs') THEN 'period without usage'
        -- Vector stores, say, are measured in bytes alone.
        WHEN category IS NOT NULL THEN category || ', which are not measured in requests or tokens'
    END AS left_out,
    category,
    line_item,
    foreign_model,
    batch = 'true' AS is_batch,
    begun AS started_at,
    over AS ended_at,
    n_requests,
    n_input AS input_tokens,
    n_output AS output_tokens,
    n_cached AS cached_tokens,
    n_quantity AS quantity,
    usd AS cost_usd,
    cost,
    groups_,
    false AS is_repeated,
    [
        found FOR found IN [
            complaint(category IS NULL, 'object', NULL, 'is no result of usage or costs that is known'),
            complaint(started IS NULL, 'start_time', NULL, 'is required'),
            complaint(started IS NOT NULL AND begun IS NULL, 'start_time', started, 'must be a time'),
            complaint(NOT is_likely_time(begun, $now::TIMESTAMPTZ), 'start_time', started, 'must lie between 2015 and now'),
            complaint(ended IS NULL, 'end_time', NULL, 'is required'),
            complaint(ended IS NOT NULL AND over IS NULL, 'end_time', ended, 'must be a time'),
            complaint(over <= begun, 'end_time', ended, 'must lie after start_time'),
            complaint(regexp_matches(foreign_model, '[[:cntrl:]]'), 'model', foreign_model, 'must be printable text'),
            complaint(batch NOT IN ('true', 'false'), 'batch', batch, 'must be true or false'),
            complaint(requests IS NOT NULL AND n_requests IS NULL, 'num_model_requests', requests, 'must be a count'),
            complaint(input_tokens IS NOT NULL AND n_input IS NULL, 'input_tokens', input_tokens, 'must be a count'),
            complaint(output_tokens IS NOT NULL AND n_output IS NULL, 'output_tokens', output_tokens, 'must be a count'),
            complaint(
                cached_tokens IS NOT NULL AND n_cached IS NULL, 'input_cached_tokens', cached_tokens, 'must be a count'
            ),
            complaint(n_cached > n_input, 'input_cached_tokens', cached_tokens, 'must not be more than input_tokens'),
            complaint(category = 'costs' AND cost IS NULL, 'amount', NULL, 'is required'),
            complaint(cost IS NOT NULL AND usd IS NULL, 'amount', cost, 'must be an amount in USD'),
            complaint(abs(usd) > max_usd(), 'amount', cost, 'must lie between -1000000 and 1000000 USD'),
            complaint(cost IS NOT NULL AND currency IS NULL, 'currency', NULL, 'is required'),
            complaint(currency <> 'usd', 'currency', currency, 'must be usd')
        ] IF found IS NOT NULL
    ] AS complaints
FROM cast_
