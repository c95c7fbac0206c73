-- One row per task type, model and quality source: how good its answers were, with the standard error of the mean.
WITH summed AS (
    SELECT
        task_type,
        model,
        quality_source,
        sum(answers)::BIGINT AS n,
        sum(quality_nanos)::HUGEINT AS total,
        sum(quality_squares)::HUGEINT AS squares
    FROM answer_totals
    WHERE NOT is_usable_alone
    GROUP BY task_type, model, quality_source
)
SELECT
    task_type,
    model,
    quality_source,
    n AS calls,
    total / (n * 1e9) AS mean_quality,
    -- The sample's standard deviation over the root of n, of whole numbers up to the last step.
    CASE WHEN n > 1 THEN sqrt((n * squares - total * total)::DOUBLE / (n::DOUBLE * (n - 1))) / (1e9 * sqrt(n)) END AS quality_se
FROM summed
