-- One row: whether the invoice has the columns of OpenAI's exports.
SELECT
    coalesce(
        bool_or(
            list_has_any(json_keys(content), ['amount_value', 'amount_currency', 'num_model_requests', 'start_time_iso'])
            OR starts_with(text_at(content, 'object'), 'organization.')
        ),
        false
    ) AS is_openai
FROM raw
