-- One row per attempt of the calls of `made`: one in 40 fails and is followed by another, half of those on another model.
INSERT INTO attempts BY NAME
WITH tried AS (
    SELECT
        *,
        1 AS attempt_no,
        CASE
            WHEN fate < 0.010 THEN 'rate_limited'
            WHEN fate < 0.020 THEN 'error'
            WHEN fate < 0.025 THEN 'timeout'
            WHEN fate < 0.027 THEN 'unknown'
            WHEN fate < 0.050 THEN 'cached'
            ELSE 'ok'
        END AS status,
        NULL::VARCHAR AS fallback_from
    FROM made
    JOIN models ON models.id = made.model_no
    UNION ALL BY NAME
    SELECT
        made.*,
        models.*,
        2 AS attempt_no,
        'ok' AS status,
        CASE WHEN n % 2 = 1 THEN before.model END AS fallback_from
    FROM made
    JOIN models AS before ON before.id = made.model_no
    JOIN models ON models.id = CASE WHEN n % 2 = 1 THEN (made.model_no + 1) % 6 ELSE made.model_no END
    WHERE fate < 0.025
), timed AS (
    SELECT
        *,
        status IN ('ok', 'cached') AS is_answered,
        CASE WHEN n % 4 = 0 THEN input_tokens // 2 ELSE 0 END AS reused,
        round(0.05 + speed * exp(1.1 * (slowness - 0.5) * 4) / 2, 6) AS latency_s,
        started_at + to_seconds(8 * (attempt_no - 1)) AS began_at
    FROM tried
)
SELECT
    md5('attempt' || n || '-' || attempt_no) AS attempt_id,
    call_id,
    decision_id,
    run_id,
    item_id,
    step,
    task_type,
    model,
    model || CASE n % 3 WHEN 0 THEN '-us' WHEN 1 THEN '-eu' ELSE '-eu-2' END AS deployment,
    provider,
    attempt_no,
    fallback_from IS NOT NULL AS is_fallback,
    fallback_from,
    status,
    CASE status WHEN 'rate_limited' THEN 'RateLimitError' WHEN 'error' THEN 'APIError' WHEN 'timeout' THEN 'Timeout' END AS error_type,
    CASE WHEN status IN ('rate_limited', 'error', 'timeout') THEN 'request ' || n || ' was not served' END AS error_message,
    CASE WHEN is_answered THEN input_tokens END AS input_tokens,
    CASE WHEN is_answered THEN output_tokens END AS output_tokens,
    CASE WHEN is_answered THEN reused END AS cached_tokens,
    CASE
        WHEN status = 'ok'
            THEN ((input_tokens - reused) * (input_rate * 1000)::BIGINT
                + reused * (cached_rate * 1000)::BIGINT
                + output_tokens * (output_rate * 1000)::BIGINT) * 0.000000001::DECIMAL(10, 9)
        WHEN status <> 'unknown' THEN 0
    END AS cost_usd,
    (input_tokens * (input_rate * 1000)::BIGINT + 1024 * (output_rate * 1000)::BIGINT) * 0.000000001::DECIMAL(10, 9) AS reserved_usd,
    price_id,
    CASE WHEN status = 'unknown' THEN 'unknown' ELSE 'priced' END AS cost_source,
    CASE WHEN status <> 'unknown' THEN latency_s END AS latency_s,
    CASE WHEN status <> 'unknown' THEN round(0.002 * draw(n, 'queue'), 6) END AS queue_s,
    began_at AS started_at,
    CASE WHEN status <> 'unknown' THEN began_at + to_microseconds((latency_s * 1e6)::BIGINT) END AS ended_at,
    md5('prompt' || n) AS prompt_hash,
    made_text(n, 'prompt', input_tokens * 3 // 4) AS prompt_text,
    CASE WHEN is_answered THEN made_text(n, 'response', output_tokens * 3 // 4) END AS response_text,
    call_key_of(call_id) AS call_key
FROM timed
ORDER BY n, attempt_no
