-- One row per run and baseline: what its calls cost and how good they were, against what the baseline would have given.
--
-- Baselines decide as the policies of their names do: strongest takes the eligible candidate of the highest predicted
-- quality, cheapest that of the lowest predicted cost (of several the best), random any with the same probability.
-- Compared are calls that had a choice, that is two eligible candidates or more: on cost those of known cost, on
-- quality those that were scored. What came of a call, retries and fallbacks too, is what came of its first decision.
--
-- Of a call, p is the recorded probability of its choice, t the baseline's of the same choice, x and y the predicted
-- and the real cost, X what the baseline's other choices were predicted to cost: the sum of t(m)·x(m) over them. The
-- baseline's cost is Σ t·y, which is known where it agrees, and for the rest an estimate from the same run:
--     Σ t·y + k·Σ X,   k = Σ o·y / Σ o·x,   o = t·(1 - p)/p
-- By its odds o of not agreeing, an agreeing call stands for those that do not, so that Σ o·y has their cost as its
-- mean; the predictions make the estimate precise, not right: it is doubly robust. Quality is estimated likewise, with
-- the mean error y - x in the place of the ratio k, and 1 of x. With r = y - k·x and the effective number of calls n,
--     variance = n/(n - 1)·(g²·Σ o²·r² + Σ t·o·r²),   g = Σ X / Σ o·x,   n = (Σ o·x)² / Σ (o·x)²
-- The interval is of 95 %, by Student's t with n - 1 degrees of freedom, and for cost on the logarithmic scale. It is
-- about this batch as it was, over the logger's draws. For random, what a call's residuals have in common across models
-- is left out, which widens it.
-- Sources: Särndal, Swensson, Wretman, Model Assisted Survey Sampling (1992), chapters 6 and 7; Brewer, JASA 74 (1979),
-- 911; Dudík, Langford, Li, Doubly Robust Policy Evaluation and Learning (ICML 2011); for t, Abramowitz, Stegun, 26.7.5.
--
-- The evidence is observed (the baseline agrees on all calls), randomised (estimated as above), or why there is none:
-- thin (n below 30); no overlap (calls that the logger decided for certain and the baseline differently, or Σ o four
-- standard errors below its mean, as the logger never takes what the baseline takes); unknown price; no calls.
-- A choice without alternative is no evidence of what another would have given. What the router itself predicted of the
-- baseline is told in the predicted columns, without an interval.
WITH summed AS (
    SELECT
        run_id,
        baseline,
        coalesce(COLUMNS(* EXCLUDE (run_id, baseline)), 0)::DOUBLE
    FROM savings_totals
), judged AS (
    SELECT
        *,
        q_sum / nullif(q_n, 0) AS quality,
        -- Of what is predicted to be free, calls count alike.
        coalesce(ox * ox / nullif(ooxx, 0), o * o / nullif(oo, 0)) AS ess,
        q_o * q_o / nullif(q_oo, 0) AS q_ess,
        CASE
            WHEN unpriced > 0 THEN 'unknown price'
            WHEN n = 0 THEN 'no calls'
            WHEN mass = 0 THEN 'observed'
            -- Predicted to be free, and it was: a ratio of nothing to nothing.
            WHEN unsupported > 0 OR mass - o > 4 * sqrt(v) OR (ox = 0 AND rest + oy > 0) THEN 'no overlap'
            WHEN ess < 30 THEN 'thin'
            ELSE 'randomised'
        END AS cost_evidence,
        CASE
            WHEN q_n = 0 THEN 'no calls'
            WHEN q_mass = 0 THEN 'observed'
            WHEN q_unsupported > 0 OR q_mass - q_o > 4 * sqrt(q_v) THEN 'no overlap'
            WHEN q_ess < 30 THEN 'thin'
            ELSE 'randomised'
        END AS quality_evidence
    FROM summed
), fitted AS (
    SELECT
        *,
        coalesce(oy / nullif(ox, 0), 0) AS k,
        coalesce(rest / nullif(ox, 0), 0) AS g,
        q_oe / nullif(q_o, 0) AS e
    FROM judged
), estimated AS (
    SELECT
        *,
        CASE cost_evidence
            WHEN 'observed' THEN 0
            WHEN 'randomised' THEN k * rest
        END AS gap,
        CASE cost_evidence
            WHEN 'observed' THEN 0
            WHEN 'randomised' THEN sqrt(greatest(0, ess / (ess - 1) * (
                g * g * (ooyy - 2 * k * ooxy + k * k * ooxx) + (toyy - 2 * k * toxy + k * k * toxx)
            )))
        END AS gap_se,
        CASE quality_evidence
            WHEN 'observed' THEN q_kept / q_n
            WHEN 'randomised' THEN (q_kept + q_rest + q_mass * e) / q_n
        END AS baseline_quality,
        CASE quality_evidence
            WHEN 'observed' THEN 0
            WHEN 'randomised' THEN sqrt(greatest(0, q_ess / (q_ess - 1) * (
                (q_mass / q_o) ** 2 * (q_ooee - 2 * e * q_ooe + e * e * q_oo) + (q_toee - 2 * e * q_toe + e * e * q_to)
            ))) / q_n
        END AS quality_se,
        -- Student's 0.975 quantile from the normal one, z = 1.959964: z + (z³ + z)/4ν + (5z⁵ + 16z³ + 3z)/96ν².
        1.959964 + 2.372271 / (ess - 1) + 2.822498 / (ess - 1) ** 2 AS cost_quantile,
        1.959964 + 2.372271 / (q_ess - 1) + 2.822498 / (q_ess - 1) ** 2 AS quality_quantile
    FROM fitted
), bounded AS (
    SELECT
        *,
        kept + gap AS baseline_cost,
        kept + gap * exp(-coalesce(cost_quantile * gap_se / nullif(gap, 0), 0)) AS baseline_cost_low,
        kept + gap * exp(coalesce(cost_quantile * gap_se / nullif(gap, 0), 0)) AS baseline_cost_high,
        coalesce(quality_quantile * quality_se, quality_se) AS quality_margin,
        CASE WHEN n_predicted_otherwise = calls THEN predicted END AS predicted_cost,
        CASE WHEN n_predicted = calls THEN predicted_spent END AS predicted_own_cost
    FROM estimated
)
SELECT
    bounded.run_id,
    runs.job,
    runs.status,
    bounded.baseline,
    bounded.calls::BIGINT AS calls,
    bounded.n::BIGINT AS compared_calls,
    bounded.agreed / nullif(bounded.n, 0) AS agreed_share,
    CASE WHEN bounded.n > 0 THEN try_cast(bounded.spent AS DECIMAL(18, 9)) END AS spent_usd,
    try_cast(bounded.baseline_cost AS DECIMAL(18, 9)) AS baseline_cost_usd,
    try_cast(bounded.baseline_cost - bounded.spent AS DECIMAL(18, 9)) AS savings_usd,
    try_cast(bounded.baseline_cost_low - bounded.spent AS DECIMAL(18, 9)) AS savings_low_usd,
    try_cast(bounded.baseline_cost_high - bounded.spent AS DECIMAL(18, 9)) AS savings_high_usd,
    bounded.cost_evidence,
    bounded.ess AS cost_effective_calls,
    try_cast(bounded.predicted_cost AS DECIMAL(18, 9)) AS predicted_baseline_cost_usd,
    try_cast(bounded.predicted_cost - bounded.predicted_own_cost AS DECIMAL(18, 9)) AS predicted_savings_usd,
    bounded.q_n::BIGINT AS scored_calls,
    bounded.quality,
    bounded.baseline_quality,
    bounded.quality - bounded.baseline_quality AS quality_difference,
    -- NULL without evidence: the least and greatest of values pass over NULL.
    CASE
        WHEN bounded.quality_margin IS NOT NULL
            THEN greatest(-1, bounded.quality - bounded.baseline_quality - bounded.quality_margin)
    END AS quality_difference_low,
    CASE
        WHEN bounded.quality_margin IS NOT NULL
            THEN least(1, bounded.quality - bounded.baseline_quality + bounded.quality_margin)
    END AS quality_difference_high,
    bounded.quality_evidence,
    bounded.q_ess AS quality_effective_calls
FROM bounded
LEFT JOIN runs USING (run_id)
