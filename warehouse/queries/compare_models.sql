-- One row per model that answered routed calls of one run, with their number and what was predicted of them.
WITH first_decisions AS (
    SELECT
        call_key,
        call_id,
        arg_min(model, decided_at) AS chosen,
        arg_min(list_filter(candidates, lambda c: c.eligible), decided_at) AS able
    FROM decisions
    WHERE run_id = $run_id AND task_type <> 'embed'
    GROUP BY call_key, call_id
), answered AS (
    SELECT
        calls.model,
        first_decisions.chosen,
        first_decisions.able,
        list_max(list_transform(first_decisions.able, lambda c: c.p_quality)) AS best
    FROM calls
    LEFT JOIN first_decisions ON first_decisions.call_key = calls.call_key AND first_decisions.call_id = calls.call_id
    WHERE calls.run_id = $run_id AND calls.task_type <> 'embed' AND calls.model IS NOT NULL
), predicted AS (
    SELECT
        model,
        list_contains(list_transform(list_filter(able, lambda c: c.p_quality >= best), lambda c: c.model), model) AS is_strongest,
        list_filter(able, lambda c: c.model = chosen)[1].p_cost_usd::DOUBLE AS chosen_usd,
        list_filter(able, lambda c: c.p_quality >= best)[1].p_cost_usd::DOUBLE AS strongest_usd,
        -- At random is any of those that might have served, with the same chance; a cost that is not known is nobody's mean.
        CASE WHEN len(list_filter(able, lambda c: c.p_cost_usd IS NULL)) = 0 THEN
            list_avg(list_transform(able, lambda c: c.p_cost_usd::DOUBLE))
        END AS random_usd
    FROM answered
)
SELECT
    model,
    count(*) AS n_calls,
    count(*) FILTER (WHERE is_strongest) AS n_strongest,
    CASE WHEN count(chosen_usd) = count(*) THEN sum(chosen_usd) END AS predicted_usd,
    CASE WHEN count(strongest_usd) = count(*) THEN sum(strongest_usd) END AS strongest_usd,
    CASE WHEN count(random_usd) = count(*) THEN sum(random_usd) END AS random_usd
FROM predicted
GROUP BY model
ORDER BY n_calls DESC, model
