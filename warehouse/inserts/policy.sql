-- One row per version of a policy file that the ledger does not know.
INSERT INTO policy_versions BY NAME
SELECT DISTINCT ON (kind, version)
    kind,
    version,
    "text",
    seen_at AS first_seen_at
FROM staged_policy
ORDER BY kind, version, seen_at
ON CONFLICT DO NOTHING
