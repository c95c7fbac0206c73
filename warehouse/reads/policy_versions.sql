-- One row per version of a policy file of one kind, the one that was seen first last.
SELECT
    kind,
    version,
    "text",
    first_seen_at AS seen_at
FROM policy_versions
WHERE kind = $kind AND version = coalesce($version, version)
ORDER BY first_seen_at DESC, version
