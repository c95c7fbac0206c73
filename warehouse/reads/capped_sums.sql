-- One row per task type, model and fold of items that a source is left out of: what that adds to the row of weights_sums.
WITH capped AS (
    SELECT
        entry.task_type AS task_type,
        entry.model AS model,
        entry.source AS source
    FROM (
        SELECT unnest(from_json($capped, '[{"task_type": "VARCHAR", "model": "VARCHAR", "source": "VARCHAR"}]')) AS entry
    )
), named AS (
    SELECT
        call_id,
        attempt_id,
        source AS kind,
        CASE source WHEN 'human' THEN 'person ' || coalesce(scored_by, scorer) ELSE source || ' ' || scorer END AS source,
        score
    FROM scores
), touched AS (
    SELECT DISTINCT named.call_id
    FROM named
    SEMI JOIN capped ON capped.source = named.source
), learned AS (
    SELECT
        answers.*,
        row_number() OVER (PARTITION BY answers.call_id ORDER BY answers.started_at DESC, answers.attempt_id DESC) = 1 AS is_last
    FROM answers
    WHERE
        answers.call_id IN (SELECT touched.call_id FROM touched)
        AND NOT answers.is_usable_alone
        AND (answers.run_id, answers.step) NOT IN (SELECT (run_credits.run_id, run_credits.step) FROM run_credits WHERE run_credits.weight > 0)
        AND answers.attempt_id NOT IN (SELECT attempts.attempt_id FROM attempts WHERE attempts.fallback_cause = 'escalated')
), judged AS (
    SELECT
        learned.call_id,
        learned.attempt_id,
        named.kind,
        named.score,
        capped.source IS NOT NULL AS is_capped
    FROM learned
    -- What judges no attempt by name judges the last.
    JOIN named
        ON named.call_id = learned.call_id
        AND (named.attempt_id = learned.attempt_id OR (named.attempt_id IS NULL AND learned.is_last))
    LEFT JOIN capped
        ON capped.task_type = learned.task_type AND capped.model = learned.model AND capped.source = named.source
), without AS (
    SELECT
        call_id,
        attempt_id,
        coalesce(
            avg(score) FILTER (WHERE kind = 'human' AND NOT is_capped),
            avg(score) FILTER (WHERE kind = 'check' AND NOT is_capped),
            avg(score) FILTER (WHERE kind = 'judge' AND NOT is_capped)
        ) AS quality
    FROM judged
    GROUP BY call_id, attempt_id
    HAVING bool_or(is_capped)
), changed AS (
    SELECT
        learned.task_type,
        learned.model,
        learned.item_id,
        learned.started_at,
        learned.learned_quality AS before,
        without.quality AS after,
        without.quality IS NULL AS is_gone,
        learned.cost_usd,
        learned.latency_s,
        pow(
            0.5,
            (epoch((SELECT max(attempts.started_at) FROM attempts)) - epoch(learned.started_at)) / 86400
            / coalesce(list_extract($half_lives::DOUBLE[], list_position($task_types::VARCHAR[], learned.task_type)), $half_life)
        ) AS weight
    FROM learned
    JOIN without ON without.call_id = learned.call_id AND without.attempt_id = learned.attempt_id
)
SELECT
    task_type,
    model,
    ((md5_number_lower(item_id) >> 32) % $n_folds)::INTEGER AS fold,
    -count(*) FILTER (WHERE is_gone) AS n,
    -count(*) FILTER (WHERE is_gone) AS n_plain,
    -coalesce(sum(weight) FILTER (WHERE is_gone), 0) AS weight,
    -coalesce(sum(weight * weight) FILTER (WHERE is_gone), 0) AS squares,
    sum(weight * (coalesce(after, 0) - before)) AS quality,
    sum(weight * (coalesce(after * after, 0) - before * before)) AS quality_squares,
    -coalesce(sum(weight) FILTER (WHERE is_gone AND cost_usd IS NOT NULL), 0) AS cost_weight,
    -coalesce(sum(weight * cost_usd::DOUBLE) FILTER (WHERE is_gone), 0) AS cost_usd,
    -coalesce(sum(weight) FILTER (WHERE is_gone AND latency_s IS NOT NULL), 0) AS latency_weight,
    -coalesce(sum(weight * latency_s) FILTER (WHERE is_gone), 0) AS latency_s,
    min(started_at) AS data_from,
    max(started_at) AS data_to
FROM changed
GROUP BY task_type, model, fold
ORDER BY task_type, model, fold
