-- One row per reason why decisions of a run did not go by the weights that were live.
SELECT DISTINCT json_extract_string(state, '$.weights_problem') AS weights_problem
FROM decisions
WHERE run_id = $run_id AND contains(state, 'weights_problem')
ORDER BY weights_problem
