-- One row: how many decisions were made in the latest days.
SELECT count(*) AS n
FROM decisions
WHERE decided_at >= (SELECT max(latest.decided_at) FROM decisions AS latest) - to_seconds($days * 86400)
