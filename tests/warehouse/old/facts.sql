-- One row per fact of a small ledger, in columns that every schema has: retries, unknown outcomes and prices, late scores.
CREATE TEMP TABLE made_run_starts AS
SELECT 'r' || n AS run_id, $at AS started_at, 'job' AS job, 'h' AS job_hash, 'rules' AS policy, 5.5 AS budget_usd, 100 AS n_items
FROM range(3) AS rows(n);
CREATE TEMP TABLE made_decisions AS
SELECT
    'd' || n AS decision_id,
    'c' || n AS call_id,
    'r' || n % 3 AS run_id,
    'i' || n AS item_id,
    's' AS step,
    'generate' AS task_type,
    'rules' AS policy,
    'small' AS model,
    0.5 AS propensity,
    false AS explored,
    [
        {'model': 'small', 'eligible': true, 'reason': '', 'p_quality': 0.5, 'p_cost_usd': 0.001, 'p_latency_s': 1.0, 'utility': 0.5},
        {'model': 'large', 'eligible': true, 'reason': 'dear', 'p_quality': 0.7, 'p_cost_usd': 0.01, 'p_latency_s': 1.0, 'utility': 0.2}
    ] AS candidates,
    'c-1' AS catalogue_version,
    '{"tags": ""}' AS features,
    $at AS decided_at
FROM range(400) AS rows(n);
CREATE TEMP TABLE made_attempts AS
SELECT
    'a' || n AS attempt_id,
    'c' || n % 400 AS call_id,
    'd' || n % 400 AS decision_id,
    'r' || n % 400 % 3 AS run_id,
    'i' || n % 400 AS item_id,
    's' AS step,
    'generate' AS task_type,
    'small' AS model,
    'eu' AS deployment,
    'openai' AS provider,
    1 + n // 400 AS attempt_no,
    false AS is_fallback,
    CASE n % 7 WHEN 0 THEN 'unknown' WHEN 1 THEN 'error' ELSE 'ok' END AS status,
    CASE WHEN n % 7 > 0 THEN n END AS input_tokens,
    CASE WHEN n % 7 > 0 THEN 10 END AS output_tokens,
    CASE WHEN n % 7 > 1 THEN (n + 50) * 0.000001 END AS cost_usd,
    0.01 AS reserved_usd,
    'p' AS price_id,
    CASE WHEN n % 7 > 1 THEN 'priced' ELSE 'unknown' END AS cost_source,
    CASE WHEN n % 7 > 0 THEN 0.25 END AS latency_s,
    $at + to_seconds(n) AS started_at,
    CASE WHEN n % 7 > 0 THEN $at + to_seconds(n + 1) END AS ended_at,
    repeat('ab', 32) AS prompt_hash
FROM range(420) AS rows(n);
CREATE TEMP TABLE made_scores AS
SELECT
    's' || n AS score_id,
    'c' || n AS call_id,
    'exact' AS scorer,
    '1' AS scorer_version,
    CASE n % 3 WHEN 0 THEN 'human' ELSE 'check' END AS source,
    n % 5 / 4 AS score,
    $at AS scored_at
FROM range(300) AS rows(n);
CREATE TEMP TABLE made_prices AS
SELECT 'p' AS price_id, 'small' AS model, 1 AS input, 5 AS output, false AS is_notional, $at AS valid_from, $at AS seen_at;
