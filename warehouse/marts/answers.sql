-- One row per judged answer: what one model made of one call, refused answers included, with that model's cost and time.
WITH judged_calls AS (
    -- A call belongs to one run; grouping and joining by both lets a filter by the run through.
    SELECT
        call_key,
        call_id,
        run_id,
        arg_max(attempt_id, row(started_at, attempt_no, attempt_id)) AS last_attempt_id,
        any_value(task_type) AS task_type
    FROM attempts
    WHERE call_key IN (SELECT call_key FROM scores)
    GROUP BY call_key, call_id, run_id
), corrections AS (
    -- How much less a judge gives than people do, on what both have scored; as if ten more answers had shown no difference.
    SELECT
        task_type,
        'judge' AS source,
        scorer,
        scorer_version,
        sum(human_nanos - said_nanos) / 1e9 / (sum(answers) + 10) AS correction
    FROM scorer_totals
    WHERE source = 'judge' AND human_mark IS NOT NULL
    GROUP BY task_type, scorer, scorer_version
), judged AS (
    SELECT
        scores.call_key,
        scores.call_id,
        judged_calls.run_id,
        coalesce(scores.attempt_id, judged_calls.last_attempt_id) AS attempt_id,
        count(*) FILTER (WHERE scores.source = 'human') AS n_human,
        count(*) FILTER (WHERE scores.source = 'check') AS n_check,
        avg(scores.score) FILTER (WHERE scores.source = 'human') AS human,
        avg(scores.score) FILTER (WHERE scores.source = 'check') AS checked,
        avg(scores.score) FILTER (WHERE scores.source = 'judge') AS judged,
        avg(least(1, greatest(0, scores.score + coalesce(corrections.correction, 0))))
            FILTER (WHERE scores.source = 'judge') AS corrected,
        -- What a step that has no scorer says of an answer: that it can be used.
        bool_and(scores.scorer = 'usable') AS is_usable_alone
    FROM scores
    JOIN judged_calls USING (call_key, call_id)
    LEFT JOIN corrections
        ON corrections.task_type = judged_calls.task_type
        AND corrections.source = scores.source
        AND corrections.scorer = scores.scorer
        AND corrections.scorer_version = scores.scorer_version
    GROUP BY
        scores.call_key,
        scores.call_id,
        judged_calls.run_id,
        coalesce(scores.attempt_id, judged_calls.last_attempt_id)
), served AS (
    -- Of a call that fell back, what the models before cost and took is not the next one's.
    SELECT
        call_key,
        call_id,
        run_id,
        model,
        CASE WHEN count(cost_usd) = count(*) THEN sum(cost_usd)::DECIMAL(18, 9) END AS cost_usd,
        sum(latency_s) AS latency_s
    FROM attempts
    GROUP BY call_key, call_id, run_id, model
)
SELECT
    judged.call_id,
    judged.attempt_id,
    answered.run_id,
    answered.item_id,
    answered.step,
    answered.task_type,
    answered.model,
    coalesce(judged.human, judged.checked, judged.judged) AS quality,
    CASE WHEN judged.n_human > 0 THEN 'human' WHEN judged.n_check > 0 THEN 'check' ELSE 'judge' END AS quality_source,
    coalesce(judged.human, judged.checked, judged.corrected) AS learned_quality,
    judged.is_usable_alone,
    served.cost_usd,
    served.latency_s,
    answered.started_at
FROM judged
JOIN attempts AS answered USING (call_key, call_id, run_id, attempt_id)
JOIN served
    ON served.call_key = judged.call_key
    AND served.call_id = judged.call_id
    AND served.run_id = judged.run_id
    AND served.model = answered.model
