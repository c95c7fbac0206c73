-- One row per total that differs from what the facts add up to: none, as long as every land kept them true.
WITH differences AS (
    SELECT 'call_totals' AS total
    FROM (
        (FROM call_totals EXCEPT ALL FROM call_totals_of('attempts', 'scores', 'decisions'))
        UNION ALL
        (FROM call_totals_of('attempts', 'scores', 'decisions') EXCEPT ALL FROM call_totals)
    )
    UNION ALL
    SELECT 'served_totals' AS total
    FROM (
        (FROM served_totals EXCEPT ALL FROM served_totals_of('attempts', 'scores', 'decisions'))
        UNION ALL
        (FROM served_totals_of('attempts', 'scores', 'decisions') EXCEPT ALL FROM served_totals)
    )
    UNION ALL
    SELECT 'answer_totals' AS total
    FROM (
        (FROM answer_totals EXCEPT ALL FROM answer_totals_of('attempts', 'scores', 'decisions'))
        UNION ALL
        (FROM answer_totals_of('attempts', 'scores', 'decisions') EXCEPT ALL FROM answer_totals)
    )
    UNION ALL
    SELECT 'attempt_totals' AS total
    FROM (
        (FROM attempt_totals EXCEPT ALL FROM attempt_totals_of('attempts', 'scores', 'decisions'))
        UNION ALL
        (FROM attempt_totals_of('attempts', 'scores', 'decisions') EXCEPT ALL FROM attempt_totals)
    )
    UNION ALL
    SELECT 'minute_totals' AS total
    FROM (
        (FROM minute_totals EXCEPT ALL FROM minute_totals_of('attempts', 'scores', 'decisions'))
        UNION ALL
        (FROM minute_totals_of('attempts', 'scores', 'decisions') EXCEPT ALL FROM minute_totals)
    )
    UNION ALL
    SELECT 'savings_totals' AS total
    FROM (
        (FROM savings_totals EXCEPT ALL FROM savings_totals_of('attempts', 'scores', 'decisions'))
        UNION ALL
        (FROM savings_totals_of('attempts', 'scores', 'decisions') EXCEPT ALL FROM savings_totals)
    )
)
SELECT
    total,
    count(*) AS rows_that_differ
FROM differences
GROUP BY total
ORDER BY total
