-- A cascade may ask a model again, and keep its answer where the others agree: what that showed is a sign, and no quality.

CREATE TABLE agreements (
    agreement_id VARCHAR NOT NULL,
    call_id VARCHAR NOT NULL,
    attempt_id VARCHAR NOT NULL,
    scorer VARCHAR NOT NULL,
    scorer_version VARCHAR NOT NULL,
    agreement DOUBLE NOT NULL CHECK (agreement >= 0 AND agreement <= 1),
    n_samples BIGINT NOT NULL,
    n_seen BIGINT NOT NULL,
    detail VARCHAR,
    measured_at TIMESTAMPTZ NOT NULL,
    call_key UINTEGER NOT NULL
);
COMMENT ON TABLE agreements IS 'One row per answer that was held against further answers of the same model, for a cascade or to learn what that is worth; it is no quality, and counts in none.';
COMMENT ON COLUMN agreements.agreement_id IS 'key, derived from attempt and scorer, so that measuring again adds nothing';
COMMENT ON COLUMN agreements.call_id IS 'the call whose answer it is';
COMMENT ON COLUMN agreements.attempt_id IS 'the attempt whose answer it is';
COMMENT ON COLUMN agreements.scorer IS 'the check, self_consistency';
COMMENT ON COLUMN agreements.scorer_version IS 'version of the check';
COMMENT ON COLUMN agreements.agreement IS 'mean agreement of the further answers with this one, 0 to 1';
COMMENT ON COLUMN agreements.n_samples IS 'further answers that were asked for; they are calls of their own, of the step NAME.self_consistency';
COMMENT ON COLUMN agreements.n_seen IS 'further answers that came';
COMMENT ON COLUMN agreements.detail IS 'what was found, in a few words';
COMMENT ON COLUMN agreements.measured_at IS 'when, UTC';
COMMENT ON COLUMN agreements.call_key IS 'call_key_of(call_id), 32 bits: `call_key = call_key_of(X) AND call_id = X` finds a call without reading texts';
