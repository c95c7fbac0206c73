-- A decision may take a cascade: a model whose answer is kept if it passes a check, and another one if it does not.

ALTER TABLE decisions ADD COLUMN cascade STRUCT(
    "check" VARCHAR,
    is_taken BOOLEAN,
    reason VARCHAR,
    "first" VARCHAR,
    "second" VARCHAR,
    threshold DOUBLE,
    pass_rate DOUBLE,
    quality DOUBLE,
    cost_usd DECIMAL(18, 9),
    latency_s DOUBLE,
    utility DOUBLE,
    learned_from BIGINT
);
COMMENT ON COLUMN decisions.cascade IS 'the cascade that was taken, or the one that came nearest with the reason why not: models, check, threshold, what was expected; NULL where the step has no check';
COMMENT ON COLUMN attempts.fallback_cause IS 'why the call left the model in fallback_from: the kind of its last error, or out_of_service (its circuits are open), unusable_answer, attempts_spent, too_dear, escalated (its answer did not pass the check of a cascade); NULL if none, or not recorded yet then';
