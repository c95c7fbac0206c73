-- What comes of calls may change: where it did, calls of that kind are explored until weights have learned from what is new.

CREATE TABLE drifts (
    drift_id VARCHAR NOT NULL,
    task_type VARCHAR NOT NULL,
    model VARCHAR NOT NULL,
    measure VARCHAR NOT NULL CHECK (measure IN ('quality', 'cost_usd', 'latency_s', 'error_rate')),
    "before" DOUBLE NOT NULL,
    "after" DOUBLE NOT NULL,
    n_before BIGINT NOT NULL,
    n_after BIGINT NOT NULL,
    since TIMESTAMPTZ NOT NULL,
    detected_at TIMESTAMPTZ NOT NULL,
    found_at TIMESTAMPTZ NOT NULL
);
COMMENT ON TABLE drifts IS 'One row per change of what comes of a task type''s calls of a model, as the flow `watch` found it.';
COMMENT ON COLUMN drifts.drift_id IS 'key, derived from task type, model, measure and the attempt at which it was detected';
COMMENT ON COLUMN drifts.task_type IS 'task type of the calls';
COMMENT ON COLUMN drifts.model IS 'the model';
COMMENT ON COLUMN drifts.measure IS 'what changed: quality, cost_usd, latency_s or error_rate';
COMMENT ON COLUMN drifts."before" IS 'its mean before the change: quality and error rate 0 to 1, USD, seconds';
COMMENT ON COLUMN drifts."after" IS 'its mean from the change to its detection';
COMMENT ON COLUMN drifts.n_before IS 'calls that the mean before is of';
COMMENT ON COLUMN drifts.n_after IS 'calls from the change to its detection';
COMMENT ON COLUMN drifts.since IS 'when the first attempt began that counts as after the change, UTC';
COMMENT ON COLUMN drifts.detected_at IS 'when the attempt began at which the change was detected, UTC';
COMMENT ON COLUMN drifts.found_at IS 'when the flow found it, UTC';
