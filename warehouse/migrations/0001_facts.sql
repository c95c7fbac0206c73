-- The facts of the ledger: append-only tables with a key each, written by the loader alone.
-- Money is DECIMAL(18,9) USD, times are UTC TIMESTAMPTZ, durations are seconds; NULL is unknown, never zero.

CREATE TABLE migrations (
    name VARCHAR PRIMARY KEY,
    checksum VARCHAR NOT NULL,
    applied_at TIMESTAMPTZ NOT NULL
);
COMMENT ON TABLE migrations IS 'One row per migration, mart or other text that was applied to this file.';
COMMENT ON COLUMN migrations.name IS 'file name without suffix; marts are prefixed mart:';
COMMENT ON COLUMN migrations.checksum IS 'sha256 of the text that was applied';
COMMENT ON COLUMN migrations.applied_at IS 'when it was applied, UTC';

CREATE TABLE segments (
    segment VARCHAR PRIMARY KEY,
    checksum VARCHAR NOT NULL,
    n_bytes BIGINT NOT NULL,
    n_records BIGINT NOT NULL,
    n_quarantined BIGINT NOT NULL,
    is_abandoned BOOLEAN NOT NULL,
    is_torn BOOLEAN NOT NULL,
    landed_at TIMESTAMPTZ NOT NULL
);
COMMENT ON TABLE segments IS 'One row per landed spool segment, written in the transaction that inserted its records.';
COMMENT ON COLUMN segments.segment IS 'file name of the segment without suffix';
COMMENT ON COLUMN segments.checksum IS 'sha256 of the bytes that were read';
COMMENT ON COLUMN segments.n_bytes IS 'bytes that were read';
COMMENT ON COLUMN segments.n_records IS 'lines that passed their checksum';
COMMENT ON COLUMN segments.n_quarantined IS 'lines that went to quarantine';
COMMENT ON COLUMN segments.is_abandoned IS 'true if its writer died before sealing it';
COMMENT ON COLUMN segments.is_torn IS 'true if its last line was incomplete';
COMMENT ON COLUMN segments.landed_at IS 'when it was landed, UTC';

CREATE TABLE quarantine (
    segment VARCHAR NOT NULL,
    line BIGINT NOT NULL,
    record VARCHAR NOT NULL,
    reason VARCHAR NOT NULL,
    quarantined_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (segment, line)
);
COMMENT ON TABLE quarantine IS 'One row per refused record: kept as it was found, never counted.';
COMMENT ON COLUMN quarantine.segment IS 'segment that the line was found in';
COMMENT ON COLUMN quarantine.line IS 'line of the segment, from 1';
COMMENT ON COLUMN quarantine.record IS 'the line as found; bytes that are not UTF-8 are shown as \xNN';
COMMENT ON COLUMN quarantine.reason IS 'why it was refused';
COMMENT ON COLUMN quarantine.quarantined_at IS 'when it was refused, UTC';

CREATE TABLE run_starts (
    run_id VARCHAR NOT NULL,
    started_at TIMESTAMPTZ NOT NULL,
    job VARCHAR NOT NULL,
    job_hash VARCHAR NOT NULL,
    policy VARCHAR NOT NULL,
    weights_version VARCHAR,
    budget_usd DECIMAL(18,9),
    n_items BIGINT NOT NULL CHECK (n_items >= 0),
    flow_run_id VARCHAR,
    PRIMARY KEY (run_id, started_at)
);
COMMENT ON TABLE run_starts IS 'One row per start or resumption of a run; append-only, read through the view runs.';
COMMENT ON COLUMN run_starts.run_id IS 'the run; the user''s name for it or a derived one';
COMMENT ON COLUMN run_starts.started_at IS 'when this start or resumption happened, UTC';
COMMENT ON COLUMN run_starts.job IS 'name of the job';
COMMENT ON COLUMN run_starts.job_hash IS 'hash of the job file''s text';
COMMENT ON COLUMN run_starts.policy IS 'routing policy that was asked for';
COMMENT ON COLUMN run_starts.weights_version IS 'weights that the run is pinned to; NULL without weights';
COMMENT ON COLUMN run_starts.budget_usd IS 'budget in USD; NULL without a budget';
COMMENT ON COLUMN run_starts.n_items IS 'items in the batch';
COMMENT ON COLUMN run_starts.flow_run_id IS 'Prefect''s id of the flow run; NULL outside Prefect';

CREATE TABLE run_ends (
    run_id VARCHAR NOT NULL,
    ended_at TIMESTAMPTZ NOT NULL,
    status VARCHAR NOT NULL CHECK (status IN ('running', 'completed', 'failed', 'cancelled')),
    n_failed BIGINT NOT NULL CHECK (n_failed >= 0),
    PRIMARY KEY (run_id, ended_at)
);
COMMENT ON TABLE run_ends IS 'One row per end of a run; append-only, read through the view runs.';
COMMENT ON COLUMN run_ends.run_id IS 'the run';
COMMENT ON COLUMN run_ends.ended_at IS 'when it ended, UTC';
COMMENT ON COLUMN run_ends.status IS 'how it ended';
COMMENT ON COLUMN run_ends.n_failed IS 'items that failed';

CREATE TABLE decisions (
    decision_id VARCHAR PRIMARY KEY,
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
    decided_at TIMESTAMPTZ NOT NULL
);
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

CREATE TABLE attempts (
    attempt_id VARCHAR PRIMARY KEY,
    call_id VARCHAR NOT NULL,
    decision_id VARCHAR NOT NULL,
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
    price_id VARCHAR NOT NULL,
    cost_source VARCHAR NOT NULL CHECK (cost_source IN ('priced', 'provider', 'unknown')),
    latency_s DOUBLE CHECK (latency_s >= 0),
    queue_s DOUBLE CHECK (queue_s >= 0),
    started_at TIMESTAMPTZ NOT NULL,
    ended_at TIMESTAMPTZ,
    prompt_hash VARCHAR NOT NULL,
    prompt_text VARCHAR,
    response_text VARCHAR
);
COMMENT ON TABLE attempts IS 'One row per attempt: one request that went, or was about to go, to one deployment of a model.';
COMMENT ON COLUMN attempts.attempt_id IS 'the attempt; ours, never the provider''s response id';
COMMENT ON COLUMN attempts.call_id IS 'the logical call';
COMMENT ON COLUMN attempts.decision_id IS 'the decision that chose the model';
COMMENT ON COLUMN attempts.run_id IS 'the run';
COMMENT ON COLUMN attempts.item_id IS 'the input row';
COMMENT ON COLUMN attempts.step IS 'the step of the job';
COMMENT ON COLUMN attempts.task_type IS 'what the step asks of a model: classify, rewrite, extract, generate, …';
COMMENT ON COLUMN attempts.model IS 'the logical model';
COMMENT ON COLUMN attempts.deployment IS 'the endpoint that served it';
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
COMMENT ON COLUMN attempts.price_id IS 'the row of prices that it is priced with';
COMMENT ON COLUMN attempts.cost_source IS 'where the cost comes from: tokens times price, the provider''s own figure, or unknown';
COMMENT ON COLUMN attempts.latency_s IS 'seconds from sending to the end; NULL while unknown';
COMMENT ON COLUMN attempts.queue_s IS 'seconds spent waiting for a slot or a rate limit before sending; NULL while unknown';
COMMENT ON COLUMN attempts.started_at IS 'when it was about to be sent, UTC';
COMMENT ON COLUMN attempts.ended_at IS 'when it ended, UTC; NULL as long as only the intent is known';
COMMENT ON COLUMN attempts.prompt_hash IS 'sha256 of the prompt';
COMMENT ON COLUMN attempts.prompt_text IS 'the prompt after redaction; NULL if text is not stored';
COMMENT ON COLUMN attempts.response_text IS 'the response after redaction; NULL if text is not stored';

CREATE TABLE scores (
    score_id VARCHAR PRIMARY KEY,
    call_id VARCHAR NOT NULL,
    scorer VARCHAR NOT NULL,
    scorer_version VARCHAR NOT NULL,
    source VARCHAR NOT NULL CHECK (source IN ('check', 'judge', 'human')),
    score DOUBLE NOT NULL CHECK (score >= 0 AND score <= 1),
    detail VARCHAR,
    cost_call_id VARCHAR,
    scored_by VARCHAR,
    scored_at TIMESTAMPTZ NOT NULL
);
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

CREATE TABLE prices (
    price_id VARCHAR PRIMARY KEY,
    model VARCHAR NOT NULL,
    input DECIMAL(18,9) CHECK (input >= 0),
    output DECIMAL(18,9) CHECK (output >= 0),
    cached DECIMAL(18,9) CHECK (cached >= 0),
    batch_input DECIMAL(18,9) CHECK (batch_input >= 0),
    batch_output DECIMAL(18,9) CHECK (batch_output >= 0),
    is_notional BOOLEAN NOT NULL,
    valid_from TIMESTAMPTZ NOT NULL,
    valid_to TIMESTAMPTZ
);
COMMENT ON TABLE prices IS 'One row per model''s price over one period.';
COMMENT ON COLUMN prices.price_id IS 'hash of model and rates';
COMMENT ON COLUMN prices.model IS 'the logical model';
COMMENT ON COLUMN prices.input IS 'USD per million prompt tokens; NULL is unknown';
COMMENT ON COLUMN prices.output IS 'USD per million generated tokens; NULL is unknown';
COMMENT ON COLUMN prices.cached IS 'USD per million cached prompt tokens; NULL: as input';
COMMENT ON COLUMN prices.batch_input IS 'USD per million prompt tokens in batch mode; NULL is unknown';
COMMENT ON COLUMN prices.batch_output IS 'USD per million generated tokens in batch mode; NULL is unknown';
COMMENT ON COLUMN prices.is_notional IS 'true if derived from measured CPU time and billed by nobody';
COMMENT ON COLUMN prices.valid_from IS 'first time that it was seen in force, UTC';
COMMENT ON COLUMN prices.valid_to IS 'end of its period, UTC; NULL while in force';

CREATE TABLE weight_changes (
    weights_version VARCHAR NOT NULL,
    changed_at TIMESTAMPTZ NOT NULL,
    status VARCHAR NOT NULL CHECK (status IN ('candidate', 'live', 'rejected', 'retired')),
    parent VARCHAR,
    document JSON NOT NULL,
    data_from TIMESTAMPTZ,
    data_to TIMESTAMPTZ,
    n_calls BIGINT NOT NULL CHECK (n_calls >= 0),
    estimates JSON NOT NULL,
    gate JSON NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (weights_version, changed_at, status)
);
COMMENT ON TABLE weight_changes IS 'One row per change of a weights version''s status; append-only, read through the view weights.';
COMMENT ON COLUMN weight_changes.weights_version IS 'the version';
COMMENT ON COLUMN weight_changes.changed_at IS 'when it took this status, UTC';
COMMENT ON COLUMN weight_changes.status IS 'the status that it took';
COMMENT ON COLUMN weight_changes.parent IS 'version that it was compared with; NULL for the first';
COMMENT ON COLUMN weight_changes.document IS 'the weights as canonical JSON';
COMMENT ON COLUMN weight_changes.data_from IS 'first call that it was fitted on, UTC; NULL without calls';
COMMENT ON COLUMN weight_changes.data_to IS 'last call that it was fitted on, UTC; NULL without calls';
COMMENT ON COLUMN weight_changes.n_calls IS 'calls that it was fitted on';
COMMENT ON COLUMN weight_changes.estimates IS 'estimated value against the parent, as JSON';
COMMENT ON COLUMN weight_changes.gate IS 'each condition of promotion and whether it held, as JSON';
COMMENT ON COLUMN weight_changes.created_at IS 'when the version was fitted, UTC';

CREATE TABLE validations (
    validation_id VARCHAR NOT NULL,
    suite VARCHAR NOT NULL,
    expectation VARCHAR NOT NULL,
    "table" VARCHAR NOT NULL,
    success BOOLEAN NOT NULL,
    observed VARCHAR,
    unexpected_count BIGINT,
    critical BOOLEAN NOT NULL,
    ran_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (validation_id, suite, expectation, "table")
);
COMMENT ON TABLE validations IS 'One row per expectation of one validation.';
COMMENT ON COLUMN validations.validation_id IS 'the validation, which has several expectations';
COMMENT ON COLUMN validations.suite IS 'the suite of expectations';
COMMENT ON COLUMN validations.expectation IS 'the expectation, with its column where it has one';
COMMENT ON COLUMN validations."table" IS 'the table or view that was validated';
COMMENT ON COLUMN validations.success IS 'true if the expectation held';
COMMENT ON COLUMN validations.observed IS 'what was seen; NULL if nothing was computed';
COMMENT ON COLUMN validations.unexpected_count IS 'rows that broke it; NULL if not a row-wise expectation';
COMMENT ON COLUMN validations.critical IS 'true if a failure stops what depends on it';
COMMENT ON COLUMN validations.ran_at IS 'when it was checked, UTC';

CREATE VIEW runs AS
WITH starts AS (
    SELECT
        run_id,
        arg_min(job, started_at) AS job,
        arg_min(job_hash, started_at) AS job_hash,
        arg_min(policy, started_at) AS policy,
        arg_min_null(weights_version, started_at) AS weights_version,
        arg_min_null(budget_usd, started_at) AS budget_usd,
        min(started_at) AS started_at,
        max(started_at) AS resumed_at,
        arg_min(n_items, started_at) AS n_items,
        arg_max_null(flow_run_id, started_at) AS flow_run_id,
        count(*) AS n_starts
    FROM run_starts
    GROUP BY run_id
), ends AS (
    SELECT
        run_id,
        arg_max(status, ended_at) AS status,
        max(ended_at) AS ended_at,
        arg_max(n_failed, ended_at) AS n_failed
    FROM run_ends
    GROUP BY run_id
)
SELECT
    starts.run_id,
    starts.job,
    starts.job_hash,
    starts.policy,
    starts.weights_version,
    starts.budget_usd,
    -- A run that was started again after its latest end is under way again.
    CASE WHEN ends.ended_at >= starts.resumed_at THEN ends.status ELSE 'running' END AS status,
    starts.started_at,
    CASE WHEN ends.ended_at >= starts.resumed_at THEN ends.ended_at END AS ended_at,
    starts.n_items,
    coalesce(ends.n_failed, 0) AS n_failed,
    starts.flow_run_id,
    starts.n_starts
FROM starts
LEFT JOIN ends USING (run_id);
COMMENT ON VIEW runs IS 'One row per run: its first start, its latest end, and whether it was resumed since.';
COMMENT ON COLUMN runs.run_id IS 'the run; the user''s name for it or a derived one';
COMMENT ON COLUMN runs.job IS 'name of the job';
COMMENT ON COLUMN runs.job_hash IS 'hash of the job file''s text';
COMMENT ON COLUMN runs.policy IS 'routing policy that was asked for';
COMMENT ON COLUMN runs.weights_version IS 'weights that the run is pinned to; NULL without weights';
COMMENT ON COLUMN runs.budget_usd IS 'budget in USD; NULL without a budget';
COMMENT ON COLUMN runs.status IS 'running, completed, failed or cancelled; running also after a crash, until it is resumed';
COMMENT ON COLUMN runs.started_at IS 'first start, UTC';
COMMENT ON COLUMN runs.ended_at IS 'latest end, UTC; NULL while running';
COMMENT ON COLUMN runs.n_items IS 'items in the batch';
COMMENT ON COLUMN runs.n_failed IS 'items that failed, by the latest end';
COMMENT ON COLUMN runs.flow_run_id IS 'Prefect''s id of the latest flow run; NULL outside Prefect';
COMMENT ON COLUMN runs.n_starts IS 'starts and resumptions';

CREATE VIEW weights AS
SELECT
    weights_version,
    parent,
    status,
    document,
    data_from,
    data_to,
    n_calls,
    estimates,
    gate,
    created_at,
    changed_at
FROM weight_changes
-- Changes of the same instant follow each other as a version's life does.
QUALIFY row_number() OVER (
    PARTITION BY weights_version
    ORDER BY changed_at DESC, list_position(['candidate', 'rejected', 'live', 'retired'], status) DESC
) = 1;
COMMENT ON VIEW weights IS 'One row per weights version, with its latest status.';
COMMENT ON COLUMN weights.weights_version IS 'the version';
COMMENT ON COLUMN weights.parent IS 'version that it was compared with; NULL for the first';
COMMENT ON COLUMN weights.status IS 'its latest status; at most one version is live';
COMMENT ON COLUMN weights.document IS 'the weights as canonical JSON';
COMMENT ON COLUMN weights.data_from IS 'first call that it was fitted on, UTC; NULL without calls';
COMMENT ON COLUMN weights.data_to IS 'last call that it was fitted on, UTC; NULL without calls';
COMMENT ON COLUMN weights.n_calls IS 'calls that it was fitted on';
COMMENT ON COLUMN weights.estimates IS 'estimated value against the parent, as JSON';
COMMENT ON COLUMN weights.gate IS 'each condition of promotion and whether it held, as JSON';
COMMENT ON COLUMN weights.created_at IS 'when the version was fitted, UTC';
COMMENT ON COLUMN weights.changed_at IS 'when it took its latest status, UTC';

CREATE VIEW adopted_scores AS
WITH by_source AS (
    SELECT
        call_id,
        count(*) FILTER (WHERE source = 'human') AS n_human,
        count(*) FILTER (WHERE source = 'check') AS n_check,
        count(*) FILTER (WHERE source = 'judge') AS n_judge,
        avg(score) FILTER (WHERE source = 'human') AS human,
        avg(score) FILTER (WHERE source = 'check') AS checked,
        avg(score) FILTER (WHERE source = 'judge') AS judged
    FROM scores
    GROUP BY call_id
)
SELECT
    call_id,
    -- Precedence: human over check over judge.
    coalesce(human, checked, judged) AS quality,
    CASE WHEN n_human > 0 THEN 'human' WHEN n_check > 0 THEN 'check' ELSE 'judge' END AS quality_source,
    CASE WHEN n_human > 0 THEN n_human WHEN n_check > 0 THEN n_check ELSE n_judge END AS n_scores
FROM by_source;
COMMENT ON VIEW adopted_scores IS 'One row per scored call: the adopted quality, of the strongest source that judged it.';
COMMENT ON COLUMN adopted_scores.call_id IS 'the logical call';
COMMENT ON COLUMN adopted_scores.quality IS 'mean score of the adopted source, 0 to 1';
COMMENT ON COLUMN adopted_scores.quality_source IS 'the adopted source: human over check over judge';
COMMENT ON COLUMN adopted_scores.n_scores IS 'judgements of that source';

CREATE VIEW calls AS
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
COMMENT ON COLUMN calls.decision_id IS 'the decision that chose the model';
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
COMMENT ON COLUMN calls.price_id IS 'the row of prices that it is priced with';
COMMENT ON COLUMN calls.cost_source IS 'where the cost comes from: tokens times price, the provider''s own figure, or unknown';
COMMENT ON COLUMN calls.ended_at IS 'when it ended, UTC; NULL as long as only the intent is known';
COMMENT ON COLUMN calls.prompt_hash IS 'sha256 of the prompt';
COMMENT ON COLUMN calls.prompt_text IS 'the prompt after redaction; NULL if text is not stored';
COMMENT ON COLUMN calls.response_text IS 'the response after redaction; NULL if text is not stored';
COMMENT ON COLUMN calls.quality IS 'adopted score, 0 to 1; NULL if not scored';
COMMENT ON COLUMN calls.quality_source IS 'source of the adopted score: human over check over judge';
