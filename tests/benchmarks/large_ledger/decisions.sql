-- One row per call of `made`: its decision between three models, as the hybrid policy records it.
INSERT INTO decisions BY NAME
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
        'job', 'job-' || run_no % 6, 'tags', '', 'needs', '', 'n_characters', input_tokens * 4 + n % 4,
        'input_tokens', input_tokens, 'max_output_tokens', 1024, 'is_structured', step_no = 2
    ) AS features,
    started_at - to_microseconds(1000) AS decided_at,
    call_key_of(call_id) AS call_key
FROM made
JOIN models AS own ON own.id = made.model_no
JOIN models AS second ON second.id = (made.model_no + 1) % 6
JOIN models AS third ON third.id = (made.model_no + 3) % 6
ORDER BY n
