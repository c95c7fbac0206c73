-- What a policy saw of a request is packed by zstd: a fifth of the space that DuckDB's own choice takes for JSON. The table is
-- written anew, since that is the only way to say so of a column.

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
    features JSON NOT NULL USING COMPRESSION zstd,
    decided_at TIMESTAMPTZ NOT NULL,
    call_key UINTEGER NOT NULL,
    "text" VARCHAR,
    state JSON,
    fallbacks VARCHAR[]
);
INSERT INTO decisions BY NAME
SELECT *
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
COMMENT ON COLUMN decisions.features IS 'what the policy saw of the request besides its text, as one JSON object';
COMMENT ON COLUMN decisions.decided_at IS 'when it was decided, UTC';
COMMENT ON COLUMN decisions.call_key IS 'call_key_of(call_id), 32 bits: `call_key = call_key_of(X) AND call_id = X` finds a call without reading texts';
COMMENT ON COLUMN decisions."text" IS 'what rules read: the item''s own words, with secrets masked; NULL unless texts are stored in full';
COMMENT ON COLUMN decisions.state IS 'what the router knew of the run, as one JSON object: models out of service with the reason, money left in USD, the seed, and λ of its chunk; NULL in older rows';
COMMENT ON COLUMN decisions.fallbacks IS 'what would be tried next, best first; NULL in older rows';
