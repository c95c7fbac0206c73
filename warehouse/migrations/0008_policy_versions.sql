-- A decision can be made again from the ledger alone: it has the request's text where texts are stored, the router's
-- state, and the files that it rested on by their hashes.

ALTER TABLE decisions ADD COLUMN "text" VARCHAR;
ALTER TABLE decisions ADD COLUMN state JSON;
ALTER TABLE decisions ADD COLUMN fallbacks VARCHAR[];
COMMENT ON COLUMN decisions.features IS 'what the policy saw of the request besides its text, as one JSON object';
COMMENT ON COLUMN decisions."text" IS 'what rules read: the item''s own words, with secrets masked; NULL unless texts are stored in full';
COMMENT ON COLUMN decisions.state IS 'what the router knew of the run, as one JSON object: models out of service with the reason, money left in USD, the seed, and λ of its chunk; NULL in older rows';
COMMENT ON COLUMN decisions.fallbacks IS 'what would be tried next, best first; NULL in older rows';

CREATE TABLE policy_versions (
    kind VARCHAR NOT NULL CHECK (kind IN ('rules', 'catalogue')),
    version VARCHAR NOT NULL,
    "text" VARCHAR NOT NULL,
    first_seen_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (kind, version)
);
COMMENT ON TABLE policy_versions IS 'One row per version of a rules file or catalogue that was in force: its text, by its hash.';
COMMENT ON COLUMN policy_versions.kind IS 'rules or catalogue';
COMMENT ON COLUMN policy_versions.version IS 'hash of the text, as in decisions.rules_version and decisions.catalogue_version';
COMMENT ON COLUMN policy_versions."text" IS 'the file as it was, with secrets masked';
COMMENT ON COLUMN policy_versions.first_seen_at IS 'when it first came into force here, UTC';
