-- One row per run, end of a run and price, of a ledger of as many calls as the variable total says.
INSERT INTO run_starts BY NAME
SELECT
    'run-2026-' || lpad(range::VARCHAR, 4, '0') AS run_id,
    TIMESTAMPTZ '2026-08-24 23:59:00+00' + to_seconds(90 * 86400 * pow(range / 240, 1 / 0.7)) AS started_at,
    'job-' || range % 6 AS job,
    md5('job' || range % 6) AS job_hash,
    'hybrid' AS policy,
    'w-' || left(md5('weights' || range // 20), 16) AS weights_version,
    CASE WHEN range % 2 = 0 THEN 500 END AS budget_usd,
    greatest(1, getvariable('total') // 720) AS n_items
FROM range(240);
INSERT INTO run_ends BY NAME
SELECT
    run_id,
    started_at + INTERVAL 11 HOUR AS ended_at,
    'completed' AS status,
    0 AS n_failed
FROM run_starts;
INSERT INTO price_sightings BY NAME
SELECT
    price_id,
    TIMESTAMPTZ '2026-08-24 00:00:00+00' AS seen_at,
    model,
    input_rate AS input,
    output_rate AS output,
    cached_rate AS cached,
    false AS is_notional
FROM models
