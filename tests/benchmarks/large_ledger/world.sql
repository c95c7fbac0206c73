-- One row per call number of the n from first on: what made it, drawn from hashes of the number, so always the same.
CREATE OR REPLACE TEMP MACRO draw(n, salt) AS hash(n, salt) / 18446744073709551616.0;
CREATE OR REPLACE TEMP MACRO candidate(n, why, tokens, m) AS {
    'model': m.model,
    'eligible': true,
    'reason': why,
    'p_quality': round(m.skill - 0.2 * draw(n, 'predicted'), 6),
    'p_cost_usd': (tokens * (m.input_rate * 1000)::BIGINT + 90 * (m.output_rate * 1000)::BIGINT) * 0.000000001::DECIMAL(10, 9),
    'p_latency_s': m.speed,
    'utility': round(m.skill - 0.2 * draw(n, 'predicted'), 6) - 0.01 * m.input_rate::DOUBLE
};
-- So many made-up words, other ones for each number: NULL unless texts are stored.
CREATE OR REPLACE TEMP MACRO made_text(n, salt, n_words) AS
    CASE
        WHEN getvariable('with_texts')
            THEN array_to_string(list_transform(range(n_words), lambda k: left(md5(salt || hash(n, k) % 5000), 5)), ' ')
    END;
CREATE OR REPLACE TEMP TABLE models AS
FROM (VALUES
    (0, 'gpt-large', 'openai', 'p-gpt-large', 2.500, 0.250, 10.000, 0.90, 2.4),
    (1, 'gpt-small', 'openai', 'p-gpt-small', 0.150, 0.075, 0.600, 0.78, 0.8),
    (2, 'claude-large', 'anthropic', 'p-claude-large', 3.000, 0.300, 15.000, 0.92, 2.9),
    (3, 'claude-small', 'anthropic', 'p-claude-small', 0.250, 0.025, 1.250, 0.80, 0.9),
    (4, 'gemini-flash', 'gemini', 'p-gemini-flash', 0.075, 0.019, 0.300, 0.74, 0.6),
    (5, 'qwen-local', 'embedded', 'p-qwen-local', 0.000, 0.000, 0.000, 0.58, 3.1)
) AS models(id, model, provider, price_id, input_rate, cached_rate, output_rate, skill, speed);
CREATE OR REPLACE TEMP TABLE made AS
WITH numbered AS (
    -- Three steps per item, runs of different sizes, one after the other over 90 days.
    SELECT
        range AS n,
        floor(240 * pow(range / getvariable('total'), 0.7))::BIGINT AS run_no,
        range // 3 AS item_no,
        range % 3 AS step_no,
        TIMESTAMPTZ '2026-08-25 00:00:00+00'
        + to_microseconds((range * (90 * 86400e6 / getvariable('total')) + draw(range, 'start') * 3e6)::BIGINT) AS started_at
    FROM range(getvariable('first'), getvariable('first') + getvariable('n'))
)
SELECT
    n,
    run_no,
    step_no,
    started_at,
    'run-2026-' || lpad(run_no::VARCHAR, 4, '0') AS run_id,
    'item-' || item_no AS item_id,
    ['rewrite', 'answer', 'check'][step_no + 1] AS step,
    ['rewrite', 'generate', 'classify'][step_no + 1] AS task_type,
    md5('call' || n) AS call_id,
    md5('decision' || n) AS decision_id,
    floor(6 * pow(draw(n, 'model'), 1.3))::BIGINT AS model_no,
    (120 / pow(1 - 0.999 * draw(n, 'input'), 0.55))::BIGINT AS input_tokens,
    (8 + 400 * pow(draw(n, 'output'), 2.5))::BIGINT AS output_tokens,
    draw(n, 'fate') AS fate,
    draw(n, 'latency') AS slowness,
    draw(n, 'quality') AS luck
FROM numbered;
