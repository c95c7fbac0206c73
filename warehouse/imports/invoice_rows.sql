-- One row per row of an invoice: its values as what they are, and everything that is wrong with them.
WITH cast_ AS (
    SELECT
        *,
        as_time(started) AS begun,
        as_time(ended) AS over,
        as_count(requests) AS n_requests,
        as_count(input_tokens) AS n_input,
        as_count(output_tokens) AS n_output,
        as_count(cached_tokens) AS n_cached,
        as_usd(cost) AS usd
    FROM mapped
)
SELECT
    line,
    NULL::VARCHAR AS left_out,
    (begun AT TIME ZONE 'UTC')::DATE AS day,
    provider,
    line_item,
    foreign_model,
    n_requests,
    n_input AS input_tokens,
    n_output AS output_tokens,
    n_cached AS cached_tokens,
    usd AS cost_usd,
    -- Digits after the point, as written, of 1.5e-05 six: amounts are rounded to the most that any row shows.
    coalesce(
        length(regexp_extract(cost, '\.([0-9]*)', 1))
        - coalesce(try_cast(regexp_extract(cost, '[eE]([+-]?[0-9]+)$', 1) AS INTEGER), 0),
        0
    ) AS decimals,
    coalesce(cost, requests, input_tokens, output_tokens) IS NULL AS is_empty,
    false AS is_repeated,
    [
        found FOR found IN [
            complaint(started IS NULL, 'day', NULL, 'is required'),
            complaint(started IS NOT NULL AND begun IS NULL, 'day', started, 'must be a day'),
            complaint(NOT is_likely_time(begun, $now::TIMESTAMPTZ), 'day', started, 'must lie between 2015 and now'),
            complaint(ended IS NOT NULL AND over IS NULL, 'end_time', ended, 'must be a time'),
            complaint(over <= begun, 'end_time', ended, 'must lie after start_time'),
            complaint(
                (over - INTERVAL 1 MICROSECOND) AT TIME ZONE 'UTC' >= (begun AT TIME ZONE 'UTC')::DATE + INTERVAL 1 DAY,
                'end_time', ended, 'must lie in the same UTC day as start_time'
            ),
            complaint(regexp_matches(foreign_model, '[[:cntrl:]]'), 'model', foreign_model, 'must be printable text'),
            complaint(requests IS NOT NULL AND n_requests IS NULL, 'requests', requests, 'must be a count'),
            complaint(input_tokens IS NOT NULL AND n_input IS NULL, 'input_tokens', input_tokens, 'must be a count'),
            complaint(output_tokens IS NOT NULL AND n_output IS NULL, 'output_tokens', output_tokens, 'must be a count'),
            complaint(cached_tokens IS NOT NULL AND n_cached IS NULL, 'cached_tokens', cached_tokens, 'must be a count'),
            complaint(cost IS NOT NULL AND usd IS NULL, 'cost', cost, 'must be an amount in USD'),
            complaint(abs(usd) > max_usd(), 'cost', cost, 'must lie between -1000000 and 1000000 USD'),
            complaint(currency <> 'usd', 'currency', currency, 'must be usd')
        ] IF found IS NOT NULL
    ] AS complaints
FROM cast_
