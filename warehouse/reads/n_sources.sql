-- One row: how many scorers and people judged anything.
SELECT count(DISTINCT row(source, scorer, scored_by)) AS n
FROM scores
