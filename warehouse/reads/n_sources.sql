-- One row: how many scorers and people judged anything, and how many scores there are.
SELECT
    count(DISTINCT row(source, scorer, scored_by)) AS n_sources,
    count(*) AS n_scores
FROM scores
