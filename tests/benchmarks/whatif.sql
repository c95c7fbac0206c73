-- One row per call of the ledger: its decision as rules made it, with the request's text and the router's state.
-- The model is the one that was called, by a rule on the tag that says so; every 100 calls are a chunk.
UPDATE decisions SET
    policy = 'rules',
    rule = 'to-' || decisions.model,
    propensity = 1,
    explored = FALSE,
    "lambda" = NULL,
    weights_version = NULL,
    rules_version = $rules_version,
    catalogue_version = $catalogue_version,
    features = json_object(
        'job', features ->> 'job', 'tags', json_array('to:' || decisions.model, 'team-' || hash(call_id) % 20),
        'needs', json_array(), 'n_characters', length(words.text), 'input_tokens', (features ->> 'input_tokens')::BIGINT,
        'max_output_tokens', 1024, 'is_structured', step = 'check',
        'asked_at', strftime(time_bucket(INTERVAL 10 MINUTE, decided_at) AT TIME ZONE 'UTC', '%Y-%m-%dT%H:%M:%S+00:00')
    ),
    "text" = words.text,
    state = json_object(
        'unavailable', CASE WHEN hash(run_id) % 10 = 0 AND decisions.model <> 'gemini-flash' THEN '{"gemini-flash": "its key is missing"}'::JSON ELSE '{}'::JSON END,
        'remaining_usd', CASE WHEN hash(run_id) % 2 = 0 THEN (100 - (item_no % 100000) / 1000)::DECIMAL(18, 9)::VARCHAR END,
        'seed', 0
    ),
    fallbacks = []
FROM (
    SELECT
        decisions.decision_id,
        substr(decisions.item_id, 6)::BIGINT // 33 AS item_no,
        -- The item's own words: the same for all of its steps.
        'Question ' || decisions.item_id || ': ' || array_to_string(list_transform(
            range((20 + hash(decisions.item_id) % 30)::BIGINT),
            lambda i: $words[1 + (hash(decisions.item_id, i) % len($words))::INTEGER]
        ), ' ') || '?' AS text
    FROM decisions
) AS words
WHERE words.decision_id = decisions.decision_id
