-- One row per row of an invoice, OpenAI's costs or usage or a plain table of days: what we take of it, as texts.
WITH told AS (
    SELECT
        line,
        content,
        object_at(content, 'amount') AS amount,
        word(text_at(content, 'line_item')) AS line_item,
        word(text_at(content, 'quantity')) AS quantity
    FROM raw
)
SELECT
    line,
    coalesce(
        word(text_at(content, 'day')),
        word(text_at(content, 'date')),
        word(text_at(content, 'usage_date_utc')),
        word(text_at(content, 'start_time'))
    ) AS started,
    word(text_at(content, 'end_time')) AS ended,
    word(text_at(content, 'provider')) AS provider,
    line_item,
    coalesce(
        word(text_at(content, 'model')),
        -- "priority | gpt-5-mini-2025-08-07 audio, cached input": the model stands before the comma.
        nullif(regexp_extract(line_item, '^(?:[^|]*\|\s*)?([\w.:/-]+)[^,|]*,', 1), '')
    ) AS foreign_model,
    coalesce(
        word(text_at(content, 'requests')), word(text_at(content, 'num_model_requests'))
    ) AS requests,
    coalesce(
        word(text_at(content, 'input_tokens')),
        CASE WHEN line_item LIKE '%, input' OR line_item LIKE '%, cached input' THEN quantity END
    ) AS input_tokens,
    coalesce(word(text_at(content, 'output_tokens')), CASE WHEN line_item LIKE '%, output' THEN quantity END)
        AS output_tokens,
    coalesce(
        word(text_at(content, 'cached_tokens')),
        word(text_at(content, 'input_cached_tokens')),
        CASE WHEN line_item LIKE '%, cached input' THEN quantity END
    ) AS cached_tokens,
    regexp_replace(
        coalesce(
            word(text_at(amount, 'value')),
            word(text_at(content, 'amount_value')),
            word(text_at(content, 'cost')),
            word(text_at(content, 'cost_usd')),
            word(text_at(content, 'cost_(usd)')),
            word(text_at(content, 'amount_usd')),
            word(text_at(content, 'amount_(usd)')),
            CASE WHEN amount IS NULL THEN word(text_at(content, 'amount')) END
        ),
        '^\$\s*', ''
    ) AS cost,
    lower(
        coalesce(
            word(text_at(amount, 'currency')),
            word(text_at(content, 'amount_currency')),
            word(text_at(content, 'currency')),
            'usd'
        )
    ) AS currency
FROM told
