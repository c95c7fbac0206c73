-- One row per task type, scorer and version: how far it agrees with people on the answers that both have scored.
WITH paired AS (
    SELECT
        task_type,
        source,
        scorer,
        scorer_version,
        sum(answers) FILTER (WHERE human_mark IS NOT NULL) AS n,
        sum(answers) AS answers,
        sum(said_nanos) FILTER (WHERE human_mark IS NOT NULL)::DOUBLE / 1e9 AS said,
        sum(human_nanos)::DOUBLE / 1e9 AS human,
        sum(answers) FILTER (WHERE mark = human_mark) AS n_same,
        sum(answers * pow(mark::INTEGER - human_mark::INTEGER, 2)) AS distance,
        sum(answers * mark::INTEGER) FILTER (WHERE human_mark IS NOT NULL) AS marks,
        sum(answers * pow(mark::INTEGER, 2)) FILTER (WHERE human_mark IS NOT NULL) AS mark_squares,
        sum(answers * human_mark::INTEGER) AS human_marks,
        sum(answers * pow(human_mark::INTEGER, 2)) AS human_mark_squares
    FROM scorer_totals
    GROUP BY task_type, source, scorer, scorer_version
)
SELECT
    task_type,
    source,
    scorer,
    scorer_version,
    answers::BIGINT AS answers,
    n::BIGINT AS answers_by_both,
    said / n AS mean_score,
    human / n AS mean_human,
    (said - human) / n AS bias,
    coalesce(n_same, 0) / n AS same_mark,
    -- Cohen's kappa with quadratic weights (Cohen 1968): one less the squared distance of the marks over what it would
    -- be if the two marked independently. NULL where both give one and the same mark to everything.
    1 - (distance / n) / nullif((mark_squares + human_mark_squares) / n - 2 * (marks / n) * (human_marks / n), 0) AS kappa
FROM paired
WHERE n > 0
