-- One row: the day before the validation beside the week before that, by task type and model, and what single prompts,
-- people and judges make up of eight days. A figure is NULL where there is too little to be one.
WITH recent AS (
    SELECT
        call_key,
        call_id,
        task_type,
        model,
        prompt_hash,
        started_at > $ran_at::TIMESTAMPTZ - INTERVAL 1 DAY AS is_today,
        date_trunc('day', $ran_at::TIMESTAMPTZ - started_at) AS age
    FROM attempts
    WHERE
        started_at > $ran_at::TIMESTAMPTZ - INTERVAL 8 DAY
        AND started_at <= $ran_at::TIMESTAMPTZ
        AND attempt_no = 1
        AND NOT is_fallback
), volumes AS (
    -- Only what is called on most days has a volume that a day can be held against.
    SELECT task_type, model, count(*) FILTER (is_today) / (count(*) FILTER (NOT is_today) / 7) AS volume
    FROM recent
    GROUP BY task_type, model
    HAVING count(DISTINCT age) FILTER (NOT is_today) >= 5 AND count(*) FILTER (NOT is_today) >= 350
), floods AS (
    SELECT task_type, model, arg_max(prompt_hash, n) AS prompt_hash, max(n) / sum(n) AS most
    FROM (
        SELECT task_type, model, prompt_hash, count(*) AS n
        FROM recent
        WHERE prompt_hash IS NOT NULL
        GROUP BY task_type, model, prompt_hash
    )
    GROUP BY task_type, model
    HAVING sum(n) >= 100
), judged AS (
    SELECT
        scores.call_key,
        scores.call_id,
        scores.scorer,
        scores.source,
        scores.scored_by,
        scores.score,
        scores.scored_at > $ran_at::TIMESTAMPTZ - INTERVAL 1 DAY AS is_today
    FROM scores
    WHERE
        scores.scored_at > $ran_at::TIMESTAMPTZ - INTERVAL 8 DAY
        AND scores.scored_at <= $ran_at::TIMESTAMPTZ
        AND isfinite(scores.score)
), bins AS (
    SELECT
        recent.task_type,
        recent.model,
        judged.scorer,
        least(floor(judged.score * 10), 9) AS bin,
        count(*) FILTER (judged.is_today) AS today,
        count(*) FILTER (NOT judged.is_today) AS before
    FROM judged
    JOIN recent ON recent.call_key = judged.call_key AND recent.call_id = judged.call_id
    WHERE judged.score BETWEEN 0 AND 1
    GROUP BY ALL
), sized AS (
    SELECT
        *,
        sum(today) OVER cell AS n_today,
        sum(before) OVER cell AS n_before
    FROM bins
    WINDOW cell AS (PARTITION BY task_type, model, scorer)
), shifts AS (
    -- Population stability index over tenths, with half a score more in each, so that an empty one is no infinity:
    -- Siddiqi, Credit Risk Scorecards, 2006; its usual bound is 0.25. Judgements of fewer than 200 shift by chance.
    SELECT
        task_type,
        model,
        scorer,
        sum(
            ((today + 0.5) / (n_today + 5) - (before + 0.5) / (n_before + 5))
            * ln(((today + 0.5) / (n_today + 5)) / ((before + 0.5) / (n_before + 5)))
        ) AS shift
    FROM sized
    WHERE n_today >= 200 AND n_before >= 200
    GROUP BY task_type, model, scorer
), calls AS (
    -- Whose word decides: people before checks before judges.
    SELECT
        call_id,
        bool_or(source = 'human') AS is_by_people,
        bool_or(source = 'check') AS is_checked,
        max(scored_by) FILTER (source = 'human') AS person
    FROM judged
    GROUP BY call_key, call_id
), people AS (
    SELECT person, count(*) / (SELECT count(*) FROM calls) AS share
    FROM calls
    WHERE is_by_people
    GROUP BY person
    HAVING (SELECT count(*) FROM calls) >= 50
)
SELECT
    (SELECT min(volume) FROM volumes) AS least_volume,
    (SELECT max(volume) FROM volumes) AS greatest_volume,
    (SELECT max(most) FROM floods) AS most_repeated_prompt,
    (SELECT max(shift) FROM shifts) AS widest_shift,
    (SELECT max(share) FROM people) AS most_of_one_person,
    (
        SELECT CASE WHEN count(*) >= 50 THEN count(*) FILTER (NOT (is_by_people OR is_checked)) / count(*) END
        FROM calls
    ) AS judged_alone
