-- One row per call that was routed in the latest days, of a share of the items: its first decision, and what came of it.
-- What came of a call, retries and fallbacks too, is what came of its first decision, as in the mart savings.
WITH latest AS (
    SELECT max(decided_at) - to_seconds($days * 86400) AS since
    FROM decisions
), capped AS (
    SELECT
        entry.task_type AS task_type,
        entry.model AS model,
        entry.source AS source
    FROM (
        SELECT unnest(from_json($capped, '[{"task_type": "VARCHAR", "model": "VARCHAR", "source": "VARCHAR"}]')) AS entry
    )
), firsts AS (
    SELECT
        decisions.rowid AS place,
        call_key,
        call_id,
        decided_at
    FROM decisions
    WHERE
        -- A call goes on for minutes: of one that was decided just before, a fallback is not the first decision.
        decided_at >= (SELECT latest.since FROM latest) - INTERVAL 1 HOUR
        AND (md5_number_lower(item_id) & 4294967295) < $share * 4294967296
    QUALIFY row_number() OVER (PARTITION BY call_key, call_id ORDER BY decided_at, decision_id) = 1
), asked AS (
    SELECT place, call_key, call_id
    FROM firsts
    WHERE decided_at >= (SELECT latest.since FROM latest)
), sent AS (
    SELECT
        call_key,
        call_id,
        CASE WHEN count(cost_usd) = count(*) THEN sum(cost_usd)::DOUBLE END AS cost_usd,
        sum(latency_s) AS latency_s,
        arg_max(attempt_id, row(started_at, attempt_no, attempt_id)) AS last_attempt_id,
        arg_max(task_type, row(started_at, attempt_no, attempt_id)) AS task_type,
        arg_max(model, row(started_at, attempt_no, attempt_id)) AS model
    FROM attempts
    SEMI JOIN asked USING (call_key, call_id)
    GROUP BY call_key, call_id
), scored AS (
    SELECT
        scores.call_key,
        scores.call_id,
        coalesce(
            avg(score) FILTER (WHERE scores.source = 'human'),
            avg(score) FILTER (WHERE scores.source = 'check'),
            avg(score) FILTER (WHERE scores.source = 'judge')
        ) AS quality
    FROM scores
    JOIN sent USING (call_key, call_id)
    -- A source that moves a cell beyond its cap is left out of what is learned, and of what judges it.
    LEFT JOIN capped
        ON capped.task_type = sent.task_type
        AND capped.model = sent.model
        AND capped.source = CASE scores.source
            WHEN 'human' THEN 'person ' || coalesce(scores.scored_by, scores.scorer)
            ELSE scores.source || ' ' || scores.scorer
        END
    WHERE (scores.attempt_id IS NULL OR scores.attempt_id = sent.last_attempt_id) AND capped.source IS NULL
    GROUP BY scores.call_key, scores.call_id
    -- That an answer can be used says too little of how good it is.
    HAVING NOT bool_and(scores.scorer = 'usable')
), decided AS (
    SELECT
        decisions.* EXCLUDE ("text", candidates),
        from_json(
            features,
            '{"job": "VARCHAR", "needs": "JSON", "prefers": "JSON",
            "input_tokens": "BIGINT", "max_output_tokens": "BIGINT", "is_structured": "BOOLEAN"}'
        ) AS seen
    FROM decisions
    WHERE decisions.rowid IN (SELECT asked.place FROM asked)
)
SELECT
    decided.call_id,
    decided.task_type,
    decided.step,
    decided.policy,
    decided.model,
    NULL::VARCHAR AS "text",
    decided.state,
    decided."lambda",
    decided.catalogue_version,
    decided.rules_version,
    decided.weights_version,
    NULL::VARCHAR AS forecast,
    seen.job,
    NULL::VARCHAR AS tags,
    seen.needs,
    seen.prefers,
    0 AS n_characters,
    coalesce(seen.input_tokens, 0) AS input_tokens,
    coalesce(seen.max_output_tokens, 0) AS max_output_tokens,
    coalesce(seen.is_structured, FALSE) AS is_structured,
    NULL::VARCHAR AS category,
    NULL::DOUBLE AS category_confidence,
    FALSE AS is_ambiguous,
    NULL::BOOLEAN AS is_auto,
    NULL::VARCHAR AS "language",
    NULL::VARCHAR AS fields,
    NULL::VARCHAR AS asked_at,
    sent.cost_usd,
    sent.latency_s,
    scored.quality,
    decided.item_id,
    ((md5_number_lower(decided.item_id) >> 32) % $n_folds)::INTEGER AS fold,
    decided.rule,
    decided.propensity,
    EXISTS (
        SELECT run_credits.run_id
        FROM run_credits
        WHERE run_credits.run_id = decided.run_id AND run_credits.step = decided.step AND run_credits.weight > 0
    ) AS is_credited
FROM decided
LEFT JOIN sent USING (call_key, call_id)
LEFT JOIN scored USING (call_key, call_id)
ORDER BY decided.decided_at, decided.call_id
