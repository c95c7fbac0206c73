-- One row per run and baseline: the sums that the mart savings is made of; what they mean is told there.
WITH sent AS (
    SELECT
        run_id,
        call_id,
        call_key,
        min(decision_id) FILTER (WHERE NOT is_fallback) AS decision_id,
        arg_max(attempt_id, row(started_at, attempt_no, attempt_id)) AS last_attempt_id,
        CASE WHEN count(cost_usd) = count(*) THEN sum(cost_usd)::DOUBLE END AS cost
    FROM query_table(attempts_name)
    WHERE decision_id IS NOT NULL
    GROUP BY run_id, call_id, call_key
), scored AS (
    -- The quality that the view adopted_scores adopts, of whole numbers.
    SELECT
        sent.call_key,
        sent.call_id,
        sum(round(scores.score * 1e9)::BIGINT) FILTER (WHERE scores.source = 'human') / count(*) FILTER (WHERE scores.source = 'human') AS human,
        sum(round(scores.score * 1e9)::BIGINT) FILTER (WHERE scores.source = 'check') / count(*) FILTER (WHERE scores.source = 'check') AS checked,
        sum(round(scores.score * 1e9)::BIGINT) FILTER (WHERE scores.source = 'judge') / count(*) FILTER (WHERE scores.source = 'judge') AS judged
    FROM query_table(scores_name) AS scores
    JOIN sent USING (call_key, call_id)
    WHERE scores.attempt_id IS NULL OR scores.attempt_id = sent.last_attempt_id
    GROUP BY sent.call_key, sent.call_id
), decided AS (
    SELECT
        sent.run_id,
        sent.cost,
        coalesce(scored.human, scored.checked, scored.judged) / 1e9 AS quality,
        decisions.propensity AS p,
        decisions.model,
        list_transform(
            list_filter(decisions.candidates, lambda candidate: candidate.eligible),
            lambda candidate: {
                'model': candidate.model,
                'cost': candidate.p_cost_usd::DOUBLE,
                'quality': candidate.p_quality,
                -- As rank keys: an unknown price is dearer than any, an unknown quality worse than any.
                'dearness': coalesce(candidate.p_cost_usd::DOUBLE, 'infinity'::DOUBLE),
                'goodness': coalesce(candidate.p_quality, -1)
            }
        ) AS options
    FROM sent
    JOIN query_table(decisions_name) AS decisions USING (call_key, call_id, decision_id)
    LEFT JOIN scored USING (call_key, call_id)
    WHERE decisions.propensity > 0
), chosen AS (
    SELECT
        run_id,
        cost,
        quality,
        p,
        options,
        list_filter(options, lambda one: one.model = model)[1] AS own,
        list_max(list_transform(options, lambda one: one.goodness)) AS best,
        list_min(list_transform(options, lambda one: one.dearness)) AS least
    FROM decided
    WHERE len(options) >= 2
), ranked AS (
    SELECT
        run_id,
        cost,
        quality,
        p,
        options,
        own,
        list_filter(options, lambda one: one.goodness = best)[1] AS strongest,
        list_filter(options, lambda one: one.dearness = least) AS cheap,
        list_max(list_transform(cheap, lambda one: one.goodness)) AS best_of_cheap,
        list_filter(cheap, lambda one: one.goodness = best_of_cheap)[1] AS cheapest
    FROM chosen
    WHERE own IS NOT NULL
), compared AS (
    SELECT
        run_id,
        'strongest' AS baseline,
        p,
        cost,
        quality,
        own.cost AS own_cost,
        own.quality AS own_quality,
        (strongest.model = own.model)::DOUBLE AS t,
        CASE WHEN t = 1 THEN 0 ELSE strongest.cost END AS other_cost,
        CASE WHEN t = 1 THEN 0 ELSE strongest.quality END AS other_quality
    FROM ranked
    UNION ALL
    SELECT
        run_id,
        'cheapest' AS baseline,
        p,
        cost,
        quality,
        own.cost AS own_cost,
        own.quality AS own_quality,
        (cheapest.model = own.model)::DOUBLE AS t,
        CASE WHEN t = 1 THEN 0 ELSE cheapest.cost END AS other_cost,
        CASE WHEN t = 1 THEN 0 ELSE cheapest.quality END AS other_quality
    FROM ranked
    UNION ALL
    SELECT
        run_id,
        'random' AS baseline,
        p,
        cost,
        quality,
        own.cost AS own_cost,
        own.quality AS own_quality,
        1 / len(options) AS t,
        -- NULL where one of them is: sums over lists pass over NULL.
        CASE
            WHEN len(list_filter(options, lambda one: one.cost IS NULL)) = 0
                THEN t * (list_sum(list_transform(options, lambda one: one.cost)) - own.cost)
        END AS other_cost,
        CASE
            WHEN len(list_filter(options, lambda one: one.quality IS NULL)) = 0
                THEN t * (list_sum(list_transform(options, lambda one: one.quality)) - own.quality)
        END AS other_quality
    FROM ranked
), weighed AS (
    SELECT
        run_id,
        baseline,
        t,
        cost,
        cost IS NOT NULL AS is_known,
        own_cost,
        other_cost,
        CASE WHEN own_quality + other_quality IS NOT NULL THEN quality END AS scored,
        scored IS NOT NULL AS is_scored,
        other_quality,
        scored - own_quality AS error,
        least(t * (1 - p) / p, 1e6) AS o,
        least(t * t * (1 - p) / (p * p), 1e12) AS v,
        -- Terms of sums of squares, bounded so that no sum overflows; NULL stays NULL.
        CASE WHEN o * cost > 1e3 THEN 1e3 ELSE o * cost END AS oy,
        CASE WHEN o * own_cost > 1e3 THEN 1e3 ELSE o * own_cost END AS ox,
        CASE WHEN sqrt(t * o) * cost > 1e3 THEN 1e3 ELSE sqrt(t * o) * cost END AS ty,
        CASE WHEN sqrt(t * o) * own_cost > 1e3 THEN 1e3 ELSE sqrt(t * o) * own_cost END AS tx,
        p = 1 AND t < 1 AS is_unsupported,
        (t < 1 AND other_cost IS NULL) OR (o > 0 AND own_cost IS NULL) AS is_unpriced
    FROM compared
)
SELECT
    run_id,
    baseline,
    count(*) AS calls,
    count(cost) AS n,
    count(*) FILTER (WHERE is_unpriced) AS unpriced,
    count(*) FILTER (WHERE is_known AND is_unsupported) AS unsupported,
    count(own_cost) AS n_predicted,
    coalesce(sum(own_cost::DECIMAL(38, 15)), 0) AS predicted_spent,
    count(t * own_cost + other_cost) AS n_predicted_otherwise,
    coalesce(sum((t * own_cost + other_cost)::DECIMAL(38, 15)), 0) AS predicted,
    coalesce(sum(cost::DECIMAL(38, 15)), 0) AS spent,
    coalesce(sum(t::DECIMAL(38, 15)) FILTER (WHERE is_known), 0) AS agreed,
    coalesce(sum((t * cost)::DECIMAL(38, 15)), 0) AS kept,
    coalesce(sum(other_cost::DECIMAL(38, 15)) FILTER (WHERE is_known), 0) AS rest,
    coalesce(sum((1 - t)::DECIMAL(38, 15)) FILTER (WHERE is_known), 0) AS mass,
    coalesce(sum(o::DECIMAL(38, 15)) FILTER (WHERE is_known), 0) AS o,
    coalesce(sum((o * o)::DECIMAL(38, 15)) FILTER (WHERE is_known), 0) AS oo,
    coalesce(sum(v::DECIMAL(38, 15)) FILTER (WHERE is_known), 0) AS v,
    coalesce(sum(oy::DECIMAL(38, 15)), 0) AS oy,
    coalesce(sum(ox::DECIMAL(38, 15)) FILTER (WHERE is_known), 0) AS ox,
    coalesce(sum((oy * oy)::DECIMAL(38, 24)), 0) AS ooyy,
    coalesce(sum((oy * ox)::DECIMAL(38, 24)), 0) AS ooxy,
    coalesce(sum((ox * ox)::DECIMAL(38, 24)) FILTER (WHERE is_known), 0) AS ooxx,
    coalesce(sum((ty * ty)::DECIMAL(38, 24)), 0) AS toyy,
    coalesce(sum((ty * tx)::DECIMAL(38, 24)), 0) AS toxy,
    coalesce(sum((tx * tx)::DECIMAL(38, 24)) FILTER (WHERE is_known), 0) AS toxx,
    count(scored) AS q_n,
    count(*) FILTER (WHERE is_scored AND is_unsupported) AS q_unsupported,
    coalesce(sum(scored::DECIMAL(38, 15)), 0) AS q_sum,
    coalesce(sum((t * scored)::DECIMAL(38, 15)), 0) AS q_kept,
    coalesce(sum(other_quality::DECIMAL(38, 15)) FILTER (WHERE is_scored), 0) AS q_rest,
    coalesce(sum((1 - t)::DECIMAL(38, 15)) FILTER (WHERE is_scored), 0) AS q_mass,
    coalesce(sum(o::DECIMAL(38, 15)) FILTER (WHERE is_scored), 0) AS q_o,
    coalesce(sum((o * o)::DECIMAL(38, 15)) FILTER (WHERE is_scored), 0) AS q_oo,
    coalesce(sum(v::DECIMAL(38, 15)) FILTER (WHERE is_scored), 0) AS q_v,
    coalesce(sum((t * o)::DECIMAL(38, 15)) FILTER (WHERE is_scored), 0) AS q_to,
    coalesce(sum((o * error)::DECIMAL(38, 15)), 0) AS q_oe,
    coalesce(sum((o * o * error)::DECIMAL(38, 15)), 0) AS q_ooe,
    coalesce(sum((o * o * error * error)::DECIMAL(38, 15)), 0) AS q_ooee,
    coalesce(sum((t * o * error)::DECIMAL(38, 15)), 0) AS q_toe,
    coalesce(sum((t * o * error * error)::DECIMAL(38, 15)), 0) AS q_toee
FROM weighed
GROUP BY run_id, baseline
