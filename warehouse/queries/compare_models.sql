-- One row per model that answered routed calls of one run, with their number.
SELECT
    model,
    count(*) AS n_calls
FROM calls
WHERE run_id = $run_id AND task_type <> 'embed' AND model IS NOT NULL
GROUP BY model
ORDER BY n_calls DESC, model
