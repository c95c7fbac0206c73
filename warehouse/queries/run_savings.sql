-- One row per baseline of one run: what it saved against always-strongest, always-cheapest and random, and how sure that is.
SELECT
    baseline,
    calls,
    compared_calls,
    agreed_share,
    spent_usd,
    baseline_cost_usd,
    savings_usd,
    savings_low_usd,
    savings_high_usd,
    cost_evidence,
    cost_effective_calls,
    predicted_baseline_cost_usd,
    predicted_savings_usd,
    scored_calls,
    quality,
    baseline_quality,
    quality_difference,
    quality_difference_low,
    quality_difference_high,
    quality_evidence,
    quality_effective_calls
FROM savings
WHERE run_id = $run_id
ORDER BY list_position(['strongest', 'cheapest', 'random'], baseline)
