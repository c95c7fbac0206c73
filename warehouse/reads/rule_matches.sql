-- One row per rule that decided a request since a day: how often.
SELECT rule, count(*) AS n
FROM decisions
WHERE policy = 'rules' AND rule IS NOT NULL AND decided_at >= $since
GROUP BY rule
ORDER BY rule
