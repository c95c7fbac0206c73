-- A run that is resumed with another budget goes on under that one, so that is what its cost is told against.

CREATE OR REPLACE VIEW runs AS
WITH starts AS (
    SELECT
        run_id,
        arg_min(job, started_at) AS job,
        arg_min(job_hash, started_at) AS job_hash,
        arg_min(policy, started_at) AS policy,
        arg_min_null(weights_version, started_at) AS weights_version,
        arg_max_null(budget_usd, started_at) AS budget_usd,
        min(started_at) AS started_at,
        max(started_at) AS resumed_at,
        arg_min(n_items, started_at) AS n_items,
        arg_max_null(flow_run_id, started_at) AS flow_run_id,
        count(*) AS n_starts
    FROM run_starts
    GROUP BY run_id
), ends AS (
    SELECT
        run_id,
        arg_max(status, ended_at) AS status,
        max(ended_at) AS ended_at,
        arg_max(n_failed, ended_at) AS n_failed
    FROM run_ends
    GROUP BY run_id
)
SELECT
    starts.run_id,
    starts.job,
    starts.job_hash,
    starts.policy,
    starts.weights_version,
    starts.budget_usd,
    -- A run that was started again after its latest end is under way again.
    CASE WHEN ends.ended_at >= starts.resumed_at THEN ends.status ELSE 'running' END AS status,
    starts.started_at,
    CASE WHEN ends.ended_at >= starts.resumed_at THEN ends.ended_at END AS ended_at,
    starts.n_items,
    coalesce(ends.n_failed, 0) AS n_failed,
    starts.flow_run_id,
    starts.n_starts
FROM starts
LEFT JOIN ends USING (run_id);
COMMENT ON VIEW runs IS 'One row per run: its first start, its latest end, and whether it was resumed since.';
COMMENT ON COLUMN runs.run_id IS 'the run; the user''s name for it or a derived one';
COMMENT ON COLUMN runs.job IS 'name of the job';
COMMENT ON COLUMN runs.job_hash IS 'hash of the job file''s text';
COMMENT ON COLUMN runs.policy IS 'routing policy that was asked for';
COMMENT ON COLUMN runs.weights_version IS 'weights that the run is pinned to; NULL without weights';
COMMENT ON COLUMN runs.budget_usd IS 'budget in USD, by its latest start; NULL without a budget';
COMMENT ON COLUMN runs.status IS 'running, completed, failed or cancelled; running also after a crash, until it is resumed';
COMMENT ON COLUMN runs.started_at IS 'first start, UTC';
COMMENT ON COLUMN runs.ended_at IS 'latest end, UTC; NULL while running';
COMMENT ON COLUMN runs.n_items IS 'items in the batch';
COMMENT ON COLUMN runs.n_failed IS 'items that failed, by the latest end';
COMMENT ON COLUMN runs.flow_run_id IS 'Prefect''s id of the latest flow run; NULL outside Prefect';
COMMENT ON COLUMN runs.n_starts IS 'starts and resumptions';
