-- One row per attempt that can be imported, in the order of the file.
SELECT
    checked.line,
    checked.foreign_id,
    checked.item_id,
    checked.step,
    checked.labels,
    checked.task_hint,
    checked.foreign_model,
    checked.model_group,
    checked.provider,
    checked.status,
    checked.error_type,
    checked.error_message,
    checked.input_tokens,
    checked.output_tokens,
    checked.cached_tokens,
    checked.cost_usd,
    checked.latency_s,
    checked.started_at,
    checked.ended_at,
    mapped.prompt,
    mapped.response
FROM checked
JOIN mapped USING (line)
WHERE checked.left_out IS NULL AND NOT checked.is_repeated AND len(checked.complaints) = 0
ORDER BY checked.line
