-- One row per call that was routed since a time: its first decision, and what came of it, as far as that is known.
-- What came of a call, retries and fallbacks too, is what came of its first decision, as in the mart savings.
WITH repeated AS (
    SELECT call_key
    FROM decisions
    -- A call goes on for minutes: of one that was decided just before, a fallback is not the first decision.
    WHERE decided_at >= $since::TIMESTAMPTZ - INTERVAL 1 HOUR
    GROUP BY call_key
    HAVING count(*) > 1
), fallbacks AS (
    SELECT decisions.rowid AS place
    FROM decisions
    SEMI JOIN repeated USING (call_key)
    WHERE decided_at >= $since::TIMESTAMPTZ - INTERVAL 1 HOUR
    QUALIFY row_number() OVER (PARTITION BY call_key, call_id ORDER BY decided_at, decision_id) > 1
), sent AS (
    SELECT
        call_key,
        call_id,
        CASE WHEN count(cost_usd) = count(*) THEN sum(cost_usd)::DOUBLE END AS cost_usd,
        sum(latency_s) AS latency_s
    FROM attempts
    WHERE started_at >= $since
    GROUP BY call_key, call_id
), last_attempts AS (
    SELECT arg_max(attempt_id, row(started_at, attempt_no, attempt_id)) AS attempt_id
    FROM attempts
    WHERE call_key IN (SELECT call_key FROM scores WHERE attempt_id IS NOT NULL)
    GROUP BY call_key, call_id
), scored AS (
    SELECT
        call_key,
        call_id,
        coalesce(
            avg(score) FILTER (WHERE source = 'human'),
            avg(score) FILTER (WHERE source = 'check'),
            avg(score) FILTER (WHERE source = 'judge')
        ) AS quality
    FROM scores
    WHERE scored_at >= $since AND (attempt_id IS NULL OR attempt_id IN (SELECT attempt_id FROM last_attempts))
    GROUP BY call_key, call_id
), decided AS (
    SELECT
        decisions.*,
        from_json(
            features,
            '{"job": "VARCHAR", "tags": "JSON", "needs": "JSON", "prefers": "JSON", "n_characters": "BIGINT",
            "input_tokens": "BIGINT", "max_output_tokens": "BIGINT", "is_structured": "BOOLEAN", "category": "VARCHAR",
            "category_confidence": "DOUBLE", "is_ambiguous": "BOOLEAN", "is_auto": "BOOLEAN",
            "language": "VARCHAR", "fields": "JSON", "asked_at": "VARCHAR"}'
        ) AS seen
    FROM decisions
    WHERE decided_at >= $since AND decisions.rowid NOT IN (SELECT place FROM fallbacks)
)
SELECT
    decided.call_id,
    decided.item_id,
    decided.task_type,
    decided.step,
    decided.policy,
    decided.model,
    decided."text",
    decided.state,
    decided."lambda",
    decided.catalogue_version,
    decided.rules_version,
    decided.weights_version,
    decided.forecast,
    seen.job,
    seen.tags,
    seen.needs,
    seen.prefers,
    coalesce(seen.n_characters, 0) AS n_characters,
    coalesce(seen.input_tokens, 0) AS input_tokens,
    coalesce(seen.max_output_tokens, 0) AS max_output_tokens,
    coalesce(seen.is_structured, FALSE) AS is_structured,
    seen.category,
    seen.category_confidence,
    coalesce(seen.is_ambiguous, FALSE) AS is_ambiguous,
    seen.is_auto,
    seen.language,
    seen.fields,
    seen.asked_at,
    sent.cost_usd,
    sent.latency_s,
    scored.quality
FROM decided
LEFT JOIN sent USING (call_key, call_id)
LEFT JOIN scored USING (call_key, call_id)
