-- Facts that others recorded: attempts from exports of other tools, and a provider's usage counted per period.
-- They keep their origin, and have neither a decision nor a price row of ours (docs/decisions says why).

ALTER TABLE attempts ADD COLUMN origin VARCHAR NOT NULL DEFAULT 'pointsman';
ALTER TABLE attempts ADD COLUMN foreign_id VARCHAR;
ALTER TABLE attempts ALTER COLUMN decision_id DROP NOT NULL;
ALTER TABLE attempts ALTER COLUMN price_id DROP NOT NULL;
ALTER TABLE attempts ALTER COLUMN prompt_hash DROP NOT NULL;
COMMENT ON COLUMN attempts.origin IS 'who made it: pointsman, or the kind of export that it was imported from';
COMMENT ON COLUMN attempts.foreign_id IS 'its id in the export that it was imported from; NULL for our own';
COMMENT ON COLUMN attempts.decision_id IS 'the decision that chose the model; NULL if imported';
COMMENT ON COLUMN attempts.price_id IS 'the row of prices that it is priced with; NULL if imported';
COMMENT ON COLUMN attempts.cost_source IS 'where the cost comes from: tokens times price, the provider''s own figure (of imported attempts the export''s), or unknown';
COMMENT ON COLUMN attempts.deployment IS 'the endpoint that served it; of imported attempts, the model''s name in the export';
COMMENT ON COLUMN attempts.prompt_hash IS 'sha256 of the prompt; NULL if the export that it was imported from has no prompt';

CREATE TABLE imported_usage (
    usage_id VARCHAR PRIMARY KEY,
    bucket_id VARCHAR NOT NULL,
    run_id VARCHAR NOT NULL,
    origin VARCHAR NOT NULL,
    category VARCHAR NOT NULL,
    grouped_by VARCHAR NOT NULL,
    account VARCHAR,
    provider VARCHAR NOT NULL,
    model VARCHAR,
    foreign_model VARCHAR,
    line_item VARCHAR,
    is_batch BOOLEAN,
    started_at TIMESTAMPTZ NOT NULL,
    ended_at TIMESTAMPTZ NOT NULL CHECK (ended_at > started_at),
    n_requests BIGINT CHECK (n_requests >= 0),
    input_tokens BIGINT CHECK (input_tokens >= 0),
    output_tokens BIGINT CHECK (output_tokens >= 0),
    cached_tokens BIGINT CHECK (cached_tokens >= 0),
    cost_usd DECIMAL(18,9),
    imported_at TIMESTAMPTZ NOT NULL
);
COMMENT ON TABLE imported_usage IS 'One row per state of one period, category and model in a provider''s usage export: sums of many requests, never attempts.';
COMMENT ON COLUMN imported_usage.usage_id IS 'hash of the bucket and its figures: the same figures are imported once';
COMMENT ON COLUMN imported_usage.bucket_id IS 'hash of period, category, model and whatever else the export groups by; of one bucket''s rows the last imported counts';
COMMENT ON COLUMN imported_usage.run_id IS 'the import';
COMMENT ON COLUMN imported_usage.origin IS 'the kind of export';
COMMENT ON COLUMN imported_usage.category IS 'what was counted: completions, embeddings, costs, …';
COMMENT ON COLUMN imported_usage.grouped_by IS 'what the export tells apart besides periods, sorted: sums of one period are never kept by two groupings';
COMMENT ON COLUMN imported_usage.account IS 'the provider''s account, as the user named it; NULL if there is but one';
COMMENT ON COLUMN imported_usage.provider IS 'the provider';
COMMENT ON COLUMN imported_usage.model IS 'the logical model; NULL if the export does not tell models apart';
COMMENT ON COLUMN imported_usage.foreign_model IS 'the model''s name in the export; NULL if it does not tell models apart';
COMMENT ON COLUMN imported_usage.line_item IS 'the line of the invoice; NULL without';
COMMENT ON COLUMN imported_usage.is_batch IS 'true if sent in batch mode; NULL if not told';
COMMENT ON COLUMN imported_usage.started_at IS 'start of the period, UTC';
COMMENT ON COLUMN imported_usage.ended_at IS 'end of the period, not part of it, UTC';
COMMENT ON COLUMN imported_usage.n_requests IS 'requests in the period; NULL if not told';
COMMENT ON COLUMN imported_usage.input_tokens IS 'tokens of the prompts, cached ones included; NULL if not told';
COMMENT ON COLUMN imported_usage.output_tokens IS 'tokens generated; NULL if not told';
COMMENT ON COLUMN imported_usage.cached_tokens IS 'tokens of the prompts billed at the cached rate; NULL if not told';
COMMENT ON COLUMN imported_usage.cost_usd IS 'cost in USD, below 0 for credits; NULL is unknown, never free';
COMMENT ON COLUMN imported_usage.imported_at IS 'when it was imported, UTC';

CREATE OR REPLACE VIEW calls AS
WITH per_call AS (
    SELECT
        call_id,
        run_id,
        -- The last to start; of the same microsecond, the one with the higher number.
        arg_max(attempt_id, epoch_us(started_at) * 1000 + attempt_no) AS attempt_id,
        count(*) AS attempts,
        CASE WHEN count(cost_usd) = count(*) THEN sum(cost_usd) END AS cost_usd,
        count(cost_usd) < count(*) AS is_cost_unknown,
        coalesce(sum(cost_usd), 0) AS known_cost_usd,
        CASE WHEN count(coalesce(cost_usd, reserved_usd)) = count(*) THEN sum(coalesce(cost_usd, reserved_usd)) END AS worst_cost_usd,
        sum(latency_s) AS total_latency_s,
        min(started_at) AS started_at
    FROM attempts
    -- A call belongs to one run; grouping by both lets a filter by run through.
    GROUP BY call_id, run_id
)
SELECT
    per_call.call_id,
    per_call.attempt_id,
    per_call.attempts,
    per_call.cost_usd::DECIMAL(18,9) AS cost_usd,
    per_call.is_cost_unknown,
    per_call.known_cost_usd::DECIMAL(18,9) AS known_cost_usd,
    per_call.worst_cost_usd::DECIMAL(18,9) AS worst_cost_usd,
    per_call.started_at,
    last.latency_s,
    per_call.total_latency_s,
    last.queue_s,
    last.decision_id,
    per_call.run_id,
    last.item_id,
    last.step,
    last.task_type,
    last.model,
    last.deployment,
    last.provider,
    last.attempt_no,
    last.is_fallback,
    last.fallback_from,
    last.status,
    last.error_type,
    last.error_message,
    last.input_tokens,
    last.output_tokens,
    last.cached_tokens,
    last.price_id,
    last.cost_source,
    last.ended_at,
    last.prompt_hash,
    last.prompt_text,
    last.response_text,
    last.origin,
    last.foreign_id,
    adopted_scores.quality,
    adopted_scores.quality_source
FROM per_call
JOIN attempts AS last USING (attempt_id)
LEFT JOIN adopted_scores ON adopted_scores.call_id = per_call.call_id;
COMMENT ON VIEW calls IS 'One row per logical model call: its last attempt, the number and total cost of all attempts, and its adopted quality.';
COMMENT ON COLUMN calls.call_id IS 'the logical call';
COMMENT ON COLUMN calls.attempt_id IS 'its last attempt, by start time';
COMMENT ON COLUMN calls.attempts IS 'number of attempts';
COMMENT ON COLUMN calls.cost_usd IS 'cost of all attempts in USD; NULL if that of any is unknown';
COMMENT ON COLUMN calls.is_cost_unknown IS 'true if the cost of any attempt is unknown';
COMMENT ON COLUMN calls.known_cost_usd IS 'sum of the known costs in USD: a lower bound';
COMMENT ON COLUMN calls.worst_cost_usd IS 'cost in USD with reservations for unknown attempts: an upper bound; NULL if a price is unknown';
COMMENT ON COLUMN calls.started_at IS 'start of the first attempt, UTC';
COMMENT ON COLUMN calls.latency_s IS 'seconds that the last attempt took; NULL while unknown';
COMMENT ON COLUMN calls.total_latency_s IS 'seconds that all attempts took together, waits left out';
COMMENT ON COLUMN calls.queue_s IS 'seconds that the last attempt waited for a slot before it was sent';
COMMENT ON COLUMN calls.decision_id IS 'the decision that chose the model; NULL if imported';
COMMENT ON COLUMN calls.run_id IS 'the run';
COMMENT ON COLUMN calls.item_id IS 'the input row';
COMMENT ON COLUMN calls.step IS 'the step of the job';
COMMENT ON COLUMN calls.task_type IS 'what the step asks of a model: classify, rewrite, extract, generate, …';
COMMENT ON COLUMN calls.model IS 'the logical model';
COMMENT ON COLUMN calls.deployment IS 'the endpoint that served it';
COMMENT ON COLUMN calls.provider IS 'the provider of the endpoint';
COMMENT ON COLUMN calls.attempt_no IS 'number of the attempt within its call';
COMMENT ON COLUMN calls.is_fallback IS 'true if another model was tried before';
COMMENT ON COLUMN calls.fallback_from IS 'the model that was tried before; NULL if none';
COMMENT ON COLUMN calls.status IS 'how it ended; unknown: an intent whose outcome was never recorded';
COMMENT ON COLUMN calls.error_type IS 'class of the error; NULL without error';
COMMENT ON COLUMN calls.error_message IS 'the error in one line; NULL without error';
COMMENT ON COLUMN calls.input_tokens IS 'tokens of the prompt, cached ones included; NULL if unknown';
COMMENT ON COLUMN calls.output_tokens IS 'tokens generated; NULL if unknown';
COMMENT ON COLUMN calls.cached_tokens IS 'tokens of the prompt billed at the cached rate; NULL if unknown';
COMMENT ON COLUMN calls.price_id IS 'the row of prices that it is priced with; NULL if imported';
COMMENT ON COLUMN calls.cost_source IS 'where the cost comes from: tokens times price, the provider''s own figure (of imported calls the export''s), or unknown';
COMMENT ON COLUMN calls.ended_at IS 'when it ended, UTC; NULL as long as only the intent is known';
COMMENT ON COLUMN calls.prompt_hash IS 'sha256 of the prompt; NULL if the export that it was imported from has no prompt';
COMMENT ON COLUMN calls.prompt_text IS 'the prompt after redaction; NULL if text is not stored';
COMMENT ON COLUMN calls.response_text IS 'the response after redaction; NULL if text is not stored';
COMMENT ON COLUMN calls.origin IS 'who made it: pointsman, or the kind of export that it was imported from';
COMMENT ON COLUMN calls.foreign_id IS 'its id in the export that it was imported from; NULL for our own';
COMMENT ON COLUMN calls.quality IS 'adopted score, 0 to 1; NULL if not scored';
COMMENT ON COLUMN calls.quality_source IS 'source of the adopted score: human over check over judge';
