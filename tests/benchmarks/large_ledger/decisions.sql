-- One row per call of `made`: its decision between three models, as the hybrid policy records it.
INSERT INTO decisions BY NAME
WITH chunked AS (
    -- Of fifty items each.
    SELECT
        *,
        n // 150 * 3 + step_no AS chunk_no,
        min(started_at) OVER (PARTITION BY n // 150, step_no) AT TIME ZONE 'UTC' AS chunk_at
    FROM made
)
SELECT
    decision_id,
    call_id,
    run_id,
    item_id,
    step,
    task_type,
    'hybrid' AS policy,
    ['default', 'long-text', 'german'][1 + (input_tokens > 400)::INTEGER + (n % 17 = 0 AND input_tokens <= 400)::INTEGER * 2] AS rule,
    own.model,
    CASE WHEN n % 20 = 0 THEN 1 / 60 ELSE 0.95 + 1 / 60 END AS propensity,
    n % 20 = 0 AS explored,
    [
        candidate(n, '', input_tokens, own),
        candidate(n + 1, 'lower utility', input_tokens, second),
        candidate(n + 2, 'lower utility', input_tokens, third)
    ] AS candidates,
    0.25 + 0.001 * (n // 10000) AS "lambda",
    'w-' || left(md5('weights' || run_no // 20), 16) AS weights_version,
    'r-0123456789abcdef' AS rules_version,
    'c-0123456789abcdef' AS catalogue_version,
    json_object(
        'job', 'job-' || run_no % 6, 'tags', [], 'needs', [], 'n_characters', input_tokens * 4 + n % 4,
        'input_tokens', input_tokens, 'max_output_tokens', 1024, 'is_structured', step_no = 2, 'language', 'en',
        'asked_at', strftime(chunk_at, '%Y-%m-%dT%H:%M:%S.%f+00:00')
    ) AS features,
    started_at - to_microseconds(1000) AS decided_at,
    made_text(n, 'text', input_tokens // 2) AS "text",
    -- One for all decisions of a chunk at a step.
    json_object(
        'unavailable', json_object(),
        'remaining_usd', CASE WHEN run_no % 2 = 0 THEN (500 - chunk_no % 400 - draw(chunk_no, 'left'))::DECIMAL(18, 9)::VARCHAR END,
        'seed', run_no,
        'lambda', 0.25 + 0.001 * (n // 10000)
    ) AS state,
    [second.model, third.model] AS fallbacks,
    call_key_of(call_id) AS call_key
FROM chunked
JOIN models AS own ON own.id = chunked.model_no
JOIN models AS second ON second.id = (chunked.model_no + 1) % 6
JOIN models AS third ON third.id = (chunked.model_no + 3) % 6
ORDER BY n
