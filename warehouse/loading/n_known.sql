-- One row: how many rows the ledger has of what the staged records are about.
SELECT
    (SELECT count(*) FROM known_attempts)
    + (SELECT count(*) FROM known_decisions)
    + (SELECT count(*) FROM known_scores) AS n_known
