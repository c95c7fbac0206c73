-- One row per task type, model and quality source: how good its answers were, with the standard error of the mean.
SELECT
    task_type,
    model,
    quality_source,
    count(*) AS calls,
    avg(quality) AS mean_quality,
    stddev_samp(quality) / sqrt(count(*)) AS quality_se
FROM answers
WHERE NOT is_usable_alone
GROUP BY task_type, model, quality_source
