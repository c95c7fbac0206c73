-- One row: how many runs are of jobs that credit a step with the final score.
SELECT count(DISTINCT run_id) AS n_runs
FROM run_credits
