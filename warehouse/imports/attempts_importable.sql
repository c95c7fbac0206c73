-- One row per attempt that can be imported, in the order of the file.
SELECT
    line,
    foreign_id,
    item_id,
    step,
    labels,
    task_hint,
    foreign_model,
    model_group,
    provider,
    status,
    error_type,
    error_message,
    input_tokens,
    output_tokens,
    cached_tokens,
    cost_usd,
    latency_s,
    started_at,
    ended_at,
    prompt,
    response
FROM checked
WHERE left_out IS NULL AND NOT is_repeated AND len(complaints) = 0
ORDER BY line
