-- One row per state of an imported usage bucket that the ledger has not seen.
INSERT INTO imported_usage BY NAME
SELECT
    usage_id,
    bucket_id,
    run_id,
    origin,
    category,
    grouped_by,
    account,
    provider,
    model,
    foreign_model,
    line_item,
    is_batch,
    started_at,
    ended_at,
    n_requests,
    input_tokens,
    output_tokens,
    cached_tokens,
    cost_usd,
    imported_at
FROM staged_imported_usage
ON CONFLICT DO NOTHING
