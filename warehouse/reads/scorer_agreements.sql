-- One row per task type, scorer and version that people can be held against.
SELECT
    task_type,
    source,
    scorer,
    scorer_version,
    answers,
    answers_by_both,
    mean_score,
    mean_human,
    bias,
    same_mark,
    kappa
FROM scorer_agreement
ORDER BY task_type, source, scorer, scorer_version
