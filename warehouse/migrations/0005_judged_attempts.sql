-- A judgement may be of one attempt's answer: one that its step refused is the answering model's, and not that of the
-- model that the call fell back to (docs/decisions says why).

ALTER TABLE scores ADD COLUMN attempt_id VARCHAR;
COMMENT ON COLUMN scores.attempt_id IS 'the attempt whose answer was judged; NULL: the one that answered the call, its last';

CREATE OR REPLACE VIEW adopted_scores AS
WITH last_attempts AS (
    SELECT call_id, arg_max(attempt_id, epoch_us(started_at) * 1000 + attempt_no) AS attempt_id
    FROM attempts
    WHERE call_id IN (SELECT call_id FROM scores WHERE attempt_id IS NOT NULL)
    GROUP BY call_id
), by_source AS (
    SELECT
        scores.call_id,
        count(*) FILTER (WHERE source = 'human') AS n_human,
        count(*) FILTER (WHERE source = 'check') AS n_check,
        count(*) FILTER (WHERE source = 'judge') AS n_judge,
        avg(score) FILTER (WHERE source = 'human') AS human,
        avg(score) FILTER (WHERE source = 'check') AS checked,
        avg(score) FILTER (WHERE source = 'judge') AS judged
    FROM scores
    LEFT JOIN last_attempts USING (call_id)
    WHERE scores.attempt_id IS NULL OR scores.attempt_id = last_attempts.attempt_id
    GROUP BY scores.call_id
)
SELECT
    call_id,
    -- Precedence: human over check over judge.
    coalesce(human, checked, judged) AS quality,
    CASE WHEN n_human > 0 THEN 'human' WHEN n_check > 0 THEN 'check' ELSE 'judge' END AS quality_source,
    CASE WHEN n_human > 0 THEN n_human WHEN n_check > 0 THEN n_check ELSE n_judge END AS n_scores
FROM by_source;
COMMENT ON VIEW adopted_scores IS 'One row per scored call: the adopted quality of its last answer, of the strongest source that judged it.';
COMMENT ON COLUMN adopted_scores.call_id IS 'the logical call';
COMMENT ON COLUMN adopted_scores.quality IS 'mean score of the adopted source, 0 to 1';
COMMENT ON COLUMN adopted_scores.quality_source IS 'the adopted source: human over check over judge';
COMMENT ON COLUMN adopted_scores.n_scores IS 'judgements of that source';
