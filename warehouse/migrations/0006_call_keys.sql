-- The three large tables lose their primary keys: an index on random ids doubles the file and halves the loader's rate.
-- Each row gets call_key instead, 32 bits of its call's id, by which the loader and `explain` find rows without reading
-- texts. That every id stands once is seen to by the loader, under its lock (docs/decisions says why).

CREATE MACRO call_key_of(call_id) AS (md5_number_lower(call_id) & 4294967295)::UINTEGER;

ALTER TABLE decisions RENAME TO old_decisions;
CREATE TABLE decisions (
    decision_id VARCHAR NOT NULL,
    call_id VARCHAR NOT NULL,
    run_id VARCHAR NOT NULL,
    item_id VARCHAR NOT NULL,
    step VARCHAR NOT NULL,
    task_type VARCHAR NOT NULL,
    policy VARCHAR NOT NULL,
    rule VARCHAR,
    model VARCHAR,
    propensity DOUBLE NOT NULL CHECK (propensity >= 0 AND propensity <= 1),
    explored BOOLEAN NOT NULL,
    candidates STRUCT(model VARCHAR, eligible BOOLEAN, reason VARCHAR, p_quality DOUBLE, p_cost_usd DECIMAL(18,9), p_latency_s DOUBLE, utility DOUBLE)[] NOT NULL,
    "lambda" DOUBLE,
    weights_version VARCHAR,
    rules_version VARCHAR,
    catalogue_version VARCHAR NOT NULL,
    refusal VARCHAR,
    features JSON NOT NULL,
    decided_at TIMESTAMPTZ NOT NULL,
    call_key UINTEGER NOT NULL
);
INSERT INTO decisions BY NAME
SELECT
    *,
    call_key_of(call_id) AS call_key
FROM old_decisions;
DROP TABLE old_decisions;
COMMENT ON TABLE decisions IS 'One row per routing decision: the model chosen for one call, and why.';
COMMENT ON COLUMN decisions.decision_id IS 'the decision';
COMMENT ON COLUMN decisions.call_id IS 'the logical call';
COMMENT ON COLUMN decisions.run_id IS 'the run';
COMMENT ON COLUMN decisions.item_id IS 'the input row';
COMMENT ON COLUMN decisions.step IS 'the step of the job';
COMMENT ON COLUMN decisions.task_type IS 'what the step asks of a model: classify, rewrite, extract, generate, …';
COMMENT ON COLUMN decisions.policy IS 'the policy that decided';
COMMENT ON COLUMN decisions.rule IS 'the rule that matched; NULL where no rule was asked';
COMMENT ON COLUMN decisions.model IS 'the chosen model; NULL if nothing was eligible';
COMMENT ON COLUMN decisions.propensity IS 'probability with which this choice was made, 0 to 1';
COMMENT ON COLUMN decisions.explored IS 'true if the choice was made at random to learn';
COMMENT ON COLUMN decisions.candidates IS 'every model considered: why it was left out or lost, its predicted quality (0 to 1), cost (USD), latency (seconds) and utility';
COMMENT ON COLUMN decisions."lambda" IS 'multiplier of cost under a budget, quality per USD; NULL without';
COMMENT ON COLUMN decisions.weights_version IS 'weights that were read; NULL without';
COMMENT ON COLUMN decisions.rules_version IS 'hash of the rules that were in force; NULL without';
COMMENT ON COLUMN decisions.catalogue_version IS 'hash of the catalogue that was in force';
COMMENT ON COLUMN decisions.refusal IS 'why no model was chosen; NULL if one was';
COMMENT ON COLUMN decisions.features IS 'what the policy saw of the request, as one JSON object of numbers and short strings';
COMMENT ON COLUMN decisions.decided_at IS 'when it was decided, UTC';
COMMENT ON COLUMN decisions.call_key IS 'call_key_of(call_id), 32 bits: `call_key = call_key_of(X) AND call_id = X` finds a call without reading texts';

ALTER TABLE attempts RENAME TO old_attempts;
CREATE TABLE attempts (
    attempt_id VARCHAR NOT NULL,
    call_id VARCHAR NOT NULL,
    decision_id VARCHAR,
    run_id VARCHAR NOT NULL,
    item_id VARCHAR NOT NULL,
    step VARCHAR NOT NULL,
    task_type VARCHAR NOT NULL,
    model VARCHAR NOT NULL,
    deployment VARCHAR NOT NULL,
    provider VARCHAR NOT NULL,
    attempt_no INTEGER NOT NULL CHECK (attempt_no >= 0),
    is_fallback BOOLEAN NOT NULL,
    fallback_from VARCHAR,
    status VARCHAR NOT NULL CHECK (status IN ('ok', 'error', 'timeout', 'rate_limited', 'refused', 'unknown', 'cached')),
    error_type VARCHAR,
    error_message VARCHAR,
    input_tokens BIGINT CHECK (input_tokens >= 0),
    output_tokens BIGINT CHECK (output_tokens >= 0),
    cached_tokens BIGINT CHECK (cached_tokens >= 0),
    cost_usd DECIMAL(18,9) CHECK (cost_usd >= 0),
    reserved_usd DECIMAL(18,9),
    price_id VARCHAR,
    cost_source VARCHAR NOT NULL CHECK (cost_source IN ('priced', 'provider', 'unknown')),
    latency_s DOUBLE CHECK (latency_s >= 0),
    queue_s DOUBLE CHECK (queue_s >= 0),
    started_at TIMESTAMPTZ NOT NULL,
    ended_at TIMESTAMPTZ,
    prompt_hash VARCHAR,
    prompt_text VARCHAR,
    response_text VARCHAR,
    origin VARCHAR NOT NULL DEFAULT 'pointsman',
    foreign_id VARCHAR,
    call_key UINTEGER NOT NULL
);
INSERT INTO attempts BY NAME
SELECT
    * REPLACE (
        left(prompt_hash, 32) AS prompt_hash,
        round(latency_s, 6) AS latency_s,
        round(queue_s, 6) AS queue_s
    ),
    call_key_of(call_id) AS call_key
FROM old_attempts;
DROP TABLE old_attempts;
COMMENT ON TABLE attempts IS 'One row per attempt: one request that went, or was about to go, to one deployment of a model.';
COMMENT ON COLUMN attempts.attempt_id IS 'the attempt; ours, never the provider''s response id';
COMMENT ON COLUMN attempts.call_id IS 'the logical call';
COMMENT ON COLUMN attempts.decision_id IS 'the decision that chose the model; NULL if imported';
COMMENT ON COLUMN attempts.run_id IS 'the run';
COMMENT ON COLUMN attempts.item_id IS 'the input row';
COMMENT ON COLUMN attempts.step IS 'the step of the job';
COMMENT ON COLUMN attempts.task_type IS 'what the step asks of a model: classify, rewrite, extract, generate, …';
COMMENT ON COLUMN attempts.model IS 'the logical model';
COMMENT ON COLUMN attempts.deployment IS 'the endpoint that served it; of imported attempts, the model''s name in the export';
COMMENT ON COLUMN attempts.provider IS 'the provider of the endpoint';
COMMENT ON COLUMN attempts.attempt_no IS 'number of the attempt within its call';
COMMENT ON COLUMN attempts.is_fallback IS 'true if another model was tried before';
COMMENT ON COLUMN attempts.fallback_from IS 'the model that was tried before; NULL if none';
COMMENT ON COLUMN attempts.status IS 'how it ended; unknown: an intent whose outcome was never recorded';
COMMENT ON COLUMN attempts.error_type IS 'class of the error; NULL without error';
COMMENT ON COLUMN attempts.error_message IS 'the error in one line; NULL without error';
COMMENT ON COLUMN attempts.input_tokens IS 'tokens of the prompt, cached ones included; NULL if unknown';
COMMENT ON COLUMN attempts.output_tokens IS 'tokens generated; NULL if unknown';
COMMENT ON COLUMN attempts.cached_tokens IS 'tokens of the prompt billed at the cached rate; NULL if unknown';
COMMENT ON COLUMN attempts.cost_usd IS 'cost in USD; NULL is unknown, never free';
COMMENT ON COLUMN attempts.reserved_usd IS 'worst-case cost in USD, reserved before it was sent; NULL if the price is unknown';
COMMENT ON COLUMN attempts.price_id IS 'the price that it is priced with, as its run pinned it; a key of rates; NULL if imported';
COMMENT ON COLUMN attempts.cost_source IS 'where the cost comes from: tokens times price, the provider''s own figure (of imported attempts the export''s), or unknown';
COMMENT ON COLUMN attempts.latency_s IS 'seconds from sending to the end; NULL while unknown';
COMMENT ON COLUMN attempts.queue_s IS 'seconds spent waiting for a slot or a rate limit before sending; NULL while unknown';
COMMENT ON COLUMN attempts.started_at IS 'when it was about to be sent, UTC';
COMMENT ON COLUMN attempts.ended_at IS 'when it ended, UTC; NULL as long as only the intent is known';
COMMENT ON COLUMN attempts.prompt_hash IS 'first 128 bits of the sha256 of the prompt; NULL if the export that it was imported from has no prompt';
COMMENT ON COLUMN attempts.prompt_text IS 'the prompt after redaction; NULL if text is not stored';
COMMENT ON COLUMN attempts.response_text IS 'the response after redaction; NULL if text is not stored';
COMMENT ON COLUMN attempts.origin IS 'who made it: pointsman, or the kind of export that it was imported from';
COMMENT ON COLUMN attempts.foreign_id IS 'its id in the export that it was imported from; NULL for our own';
COMMENT ON COLUMN attempts.call_key IS 'call_key_of(call_id), 32 bits: `call_key = call_key_of(X) AND call_id = X` finds a call without reading texts';

ALTER TABLE scores RENAME TO old_scores;
CREATE TABLE scores (
    score_id VARCHAR NOT NULL,
    call_id VARCHAR NOT NULL,
    scorer VARCHAR NOT NULL,
    scorer_version VARCHAR NOT NULL,
    source VARCHAR NOT NULL CHECK (source IN ('check', 'judge', 'human')),
    score DOUBLE NOT NULL CHECK (score >= 0 AND score <= 1),
    detail VARCHAR,
    cost_call_id VARCHAR,
    scored_by VARCHAR,
    scored_at TIMESTAMPTZ NOT NULL,
    attempt_id VARCHAR,
    call_key UINTEGER NOT NULL
);
INSERT INTO scores BY NAME
SELECT
    *,
    call_key_of(call_id) AS call_key
FROM old_scores;
DROP TABLE old_scores;
COMMENT ON TABLE scores IS 'One row per quality judgement of one call by one scorer.';
COMMENT ON COLUMN scores.score_id IS 'the judgement';
COMMENT ON COLUMN scores.call_id IS 'the judged call';
COMMENT ON COLUMN scores.scorer IS 'name of the scorer';
COMMENT ON COLUMN scores.scorer_version IS 'version of the scorer';
COMMENT ON COLUMN scores.source IS 'kind of scorer';
COMMENT ON COLUMN scores.score IS 'quality, 0 to 1';
COMMENT ON COLUMN scores.detail IS 'the reason in the scorer''s words; NULL without';
COMMENT ON COLUMN scores.cost_call_id IS 'the judge''s own call, which carries its cost; NULL if scoring called no model';
COMMENT ON COLUMN scores.scored_by IS 'person or model that judged; NULL for checks';
COMMENT ON COLUMN scores.scored_at IS 'when it was judged, UTC';
COMMENT ON COLUMN scores.attempt_id IS 'the attempt whose answer was judged; NULL: the one that answered the call, its last';
COMMENT ON COLUMN scores.call_key IS 'call_key_of(call_id), 32 bits: `call_key = call_key_of(X) AND call_id = X` finds a call without reading texts';

CREATE OR REPLACE VIEW adopted_scores AS
WITH last_attempts AS (
    SELECT call_key, call_id, arg_max(attempt_id, row(started_at, attempt_no, attempt_id)) AS attempt_id
    FROM attempts
    WHERE call_id IN (SELECT call_id FROM scores WHERE attempt_id IS NOT NULL)
    GROUP BY call_key, call_id
), by_source AS (
    SELECT
        scores.call_key,
        scores.call_id,
        count(*) FILTER (WHERE source = 'human') AS n_human,
        count(*) FILTER (WHERE source = 'check') AS n_check,
        count(*) FILTER (WHERE source = 'judge') AS n_judge,
        avg(score) FILTER (WHERE source = 'human') AS human,
        avg(score) FILTER (WHERE source = 'check') AS checked,
        avg(score) FILTER (WHERE source = 'judge') AS judged
    FROM scores
    LEFT JOIN last_attempts USING (call_key, call_id)
    WHERE scores.attempt_id IS NULL OR scores.attempt_id = last_attempts.attempt_id
    GROUP BY scores.call_key, scores.call_id
)
SELECT
    call_id,
    -- Precedence: human over check over judge.
    coalesce(human, checked, judged) AS quality,
    CASE WHEN n_human > 0 THEN 'human' WHEN n_check > 0 THEN 'check' ELSE 'judge' END AS quality_source,
    CASE WHEN n_human > 0 THEN n_human WHEN n_check > 0 THEN n_check ELSE n_judge END AS n_scores,
    call_key
FROM by_source;
COMMENT ON VIEW adopted_scores IS 'One row per scored call: the adopted quality of its last answer, of the strongest source that judged it.';
COMMENT ON COLUMN adopted_scores.call_id IS 'the logical call';
COMMENT ON COLUMN adopted_scores.quality IS 'mean score of the adopted source, 0 to 1';
COMMENT ON COLUMN adopted_scores.quality_source IS 'the adopted source: human over check over judge';
COMMENT ON COLUMN adopted_scores.n_scores IS 'judgements of that source';
COMMENT ON COLUMN adopted_scores.call_key IS 'call_key_of(call_id), 32 bits: `call_key = call_key_of(X) AND call_id = X` finds a call without reading texts';

CREATE OR REPLACE VIEW calls AS
WITH per_call AS (
    SELECT
        call_key,
        call_id,
        run_id,
        arg_max(attempt_id, row(started_at, attempt_no, attempt_id)) AS attempt_id,
        count(*) AS attempts,
        CASE WHEN count(cost_usd) = count(*) THEN sum(cost_usd) END AS cost_usd,
        count(cost_usd) < count(*) AS is_cost_unknown,
        coalesce(sum(cost_usd), 0) AS known_cost_usd,
        CASE WHEN count(coalesce(cost_usd, reserved_usd)) = count(*) THEN sum(coalesce(cost_usd, reserved_usd)) END AS worst_cost_usd,
        sum(latency_s) AS total_latency_s,
        min(started_at) AS started_at
    FROM attempts
    -- A call belongs to one run; grouping and joining by all three lets a filter by any of them through.
    GROUP BY call_key, call_id, run_id
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
    adopted_scores.quality_source,
    per_call.call_key
FROM per_call
JOIN attempts AS last
    ON last.attempt_id = per_call.attempt_id AND last.call_key = per_call.call_key AND last.run_id = per_call.run_id
LEFT JOIN adopted_scores
    ON adopted_scores.call_id = per_call.call_id AND adopted_scores.call_key = per_call.call_key;
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
COMMENT ON COLUMN calls.prompt_hash IS 'first 128 bits of the sha256 of the prompt; NULL if the export that it was imported from has no prompt';
COMMENT ON COLUMN calls.prompt_text IS 'the prompt after redaction; NULL if text is not stored';
COMMENT ON COLUMN calls.response_text IS 'the response after redaction; NULL if text is not stored';
COMMENT ON COLUMN calls.origin IS 'who made it: pointsman, or the kind of export that it was imported from';
COMMENT ON COLUMN calls.foreign_id IS 'its id in the export that it was imported from; NULL for our own';
COMMENT ON COLUMN calls.quality IS 'adopted score, 0 to 1; NULL if not scored';
COMMENT ON COLUMN calls.quality_source IS 'source of the adopted score: human over check over judge';
COMMENT ON COLUMN calls.call_key IS 'call_key_of(call_id), 32 bits: `call_key = call_key_of(X) AND call_id = X` finds a call without reading texts';
