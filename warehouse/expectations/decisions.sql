-- One row: the decisions as a whole, and how many break each rule.
SELECT
    count(*) AS n_rows,
    count(*) - count(DISTINCT decision_id) AS repeated_ids,
    -- NaN is above every number to DuckDB, so the second comparison finds it too.
    count(*) FILTER (propensity IS NULL OR propensity <= 0 OR propensity > 1) AS impossible_propensities,
    count(*) FILTER (
        model IS NOT NULL
        AND NOT list_contains([candidate.model FOR candidate IN candidates IF candidate.eligible], model)
    ) AS ineligible_choices,
    -- A draw leaves the others a chance, and where one model alone may serve there is nothing to draw.
    count(*) FILTER (
        (explored AND propensity = 1)
        OR (propensity > 0 AND propensity < 1 AND len([1 FOR candidate IN candidates IF candidate.eligible]) < 2)
    ) AS inconsistent_propensities,
    count(*) FILTER ((model IS NULL) <> (refusal IS NOT NULL)) AS unexplained_refusals,
    count(*) FILTER (decided_at > $ran_at::TIMESTAMPTZ + INTERVAL 5 MINUTE) AS future_times
FROM decisions
