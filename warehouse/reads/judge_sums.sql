-- One row per task type, model, judge and its version: sums over the answers that people have scored too, and over all others.
SELECT
    task_type,
    model,
    scorer,
    scorer_version,
    coalesce(sum(answers) FILTER (WHERE human_mark IS NOT NULL), 0)::BIGINT AS n,
    (sum(human_nanos) / 1e9)::DOUBLE AS human,
    (sum(human_squares)::DOUBLE / 1e18) AS human_squares,
    (coalesce(sum(said_nanos) FILTER (WHERE human_mark IS NOT NULL), 0) / 1e9)::DOUBLE AS judge,
    (coalesce(sum(said_squares) FILTER (WHERE human_mark IS NOT NULL), 0)::DOUBLE / 1e18) AS judge_squares,
    (sum(products)::DOUBLE / 1e18) AS products,
    coalesce(sum(answers) FILTER (WHERE human_mark IS NULL), 0)::BIGINT AS n_alone,
    (coalesce(sum(said_nanos) FILTER (WHERE human_mark IS NULL), 0) / 1e9)::DOUBLE AS judge_alone,
    (coalesce(sum(said_squares) FILTER (WHERE human_mark IS NULL), 0)::DOUBLE / 1e18) AS judge_alone_squares
FROM scorer_totals
WHERE source = 'judge'
GROUP BY task_type, model, scorer, scorer_version
ORDER BY task_type, model, scorer, scorer_version
