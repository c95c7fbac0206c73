-- One row per known version of a policy file that was in force earlier than the ledger knew.
UPDATE policy_versions
SET first_seen_at = earliest.seen_at
FROM (SELECT kind, version, min(seen_at) AS seen_at FROM staged_policy GROUP BY kind, version) AS earliest
WHERE
    policy_versions.kind = earliest.kind
    AND policy_versions.version = earliest.version
    AND policy_versions.first_seen_at > earliest.seen_at
