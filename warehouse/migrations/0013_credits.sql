-- Steps may be credited with the score of the item's final answer: what a job says of that is known with each of its runs, so
-- that a final score that comes later counts too.

ALTER TABLE run_starts ADD COLUMN credits STRUCT(step VARCHAR, final_step VARCHAR, weight DOUBLE)[];
COMMENT ON COLUMN run_starts.credits IS 'for each llm step up to the job''s final one, the weight that the final score has in its quality when weights are learned, 0 to 1: 0 where only its models'' effect on the final score is taken out, 1 for the final step itself; empty if the job credits no step, NULL in older rows';

CREATE VIEW run_credits AS
WITH starts AS (
    SELECT
        run_id,
        arg_max(job, started_at) AS job,
        arg_max(credits, started_at) AS credits
    FROM run_starts
    GROUP BY run_id
), listed AS (
    SELECT
        run_id,
        job,
        unnest(credits) AS credit
    FROM starts
)
SELECT
    run_id,
    job,
    credit.step AS step,
    credit.final_step AS final_step,
    credit.weight AS weight
FROM listed;
COMMENT ON VIEW run_credits IS 'One row per run and llm step of a job that credits steps with the final score: the weight that it has.';
COMMENT ON COLUMN run_credits.run_id IS 'the run';
COMMENT ON COLUMN run_credits.job IS 'name of the job';
COMMENT ON COLUMN run_credits.step IS 'a step that the final one needs, directly or further up, or the final step itself';
COMMENT ON COLUMN run_credits.final_step IS 'the step whose score is the item''s final one';
COMMENT ON COLUMN run_credits.weight IS 'weight of the final score in the quality of the step''s calls when weights are learned, 0 to 1: 0 where only its models'' effect is taken out, 1 for the final step itself';
