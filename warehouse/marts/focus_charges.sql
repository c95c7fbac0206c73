-- One row per charge: the tokens of one meter (input, cached input, output) of one attempt, or one attempt as a whole.
--
-- Columns, types and allowed values of FOCUS 1.2 (FinOps Open Cost and Usage Specification, focus.finops.org); our own
-- begin with x_. FOCUS has one unit price per charge, so an attempt whose cost is tokens times price is a charge for each
-- meter; any other cost (a provider's own figure, an import, a failure or a cached answer that was free) is one request.
-- BilledCost must not be NULL there, nor a placeholder: attempts of unknown cost are no charges, but in uncosted_attempts.
-- BilledCost adds up to the ledger's cost, nine decimals for nine; ListCost is unit price times quantity, unrounded.
WITH priced AS NOT MATERIALIZED (
    SELECT
        attempts.attempt_id,
        attempts.call_id,
        attempts.run_id,
        attempts.step,
        attempts.task_type,
        attempts.model,
        attempts.deployment,
        attempts.provider,
        attempts.status,
        attempts.origin,
        attempts.price_id,
        attempts.cost_source,
        attempts.started_at,
        attempts.ended_at,
        attempts.cost_usd,
        rates.is_notional,
        rates.input AS input_rate,
        coalesce(rates.cached, rates.input) AS cached_rate,
        rates.output AS output_rate,
        attempts.input_tokens + attempts.output_tokens AS tokens,
        least(coalesce(attempts.cached_tokens, 0), attempts.input_tokens) AS reused_tokens,
        attempts.input_tokens - reused_tokens AS fresh_tokens,
        attempts.output_tokens AS output_tokens,
        -- What the meters come to, each added to those before it; a meter that was not used needs no rate.
        CASE WHEN fresh_tokens = 0 THEN 0 ELSE input_rate::DOUBLE * fresh_tokens / 1e6 END AS to_input,
        CASE WHEN reused_tokens = 0 THEN 0 ELSE cached_rate::DOUBLE * reused_tokens / 1e6 END + to_input AS to_cached,
        CASE WHEN output_tokens = 0 THEN 0 ELSE output_rate::DOUBLE * output_tokens / 1e6 END + to_cached AS to_output,
        -- The cost was rounded to the nearest nano-dollar.
        coalesce(
            cost_source = 'priced' AND status <> 'cached' AND tokens > 0 AND abs(cost_usd::DOUBLE - to_output) < 5.1e-10,
            false
        ) AS is_by_token,
        -- Rounded down, so that what is left for the last meter is never below 0.
        (floor(to_input * 1e9 + 1e-6) / 1e9)::DECIMAL(18, 9) AS billed_to_input,
        (floor(to_cached * 1e9 + 1e-6) / 1e9)::DECIMAL(18, 9) AS billed_to_cached
    FROM attempts
    LEFT JOIN rates USING (price_id)
    WHERE attempts.cost_usd IS NOT NULL
), metered AS (
    SELECT
        *,
        'Input Tokens' AS meter,
        fresh_tokens AS consumed,
        input_rate AS unit_price,
        CASE WHEN reused_tokens + output_tokens = 0 THEN cost_usd ELSE billed_to_input END AS billed
    FROM priced
    WHERE is_by_token AND fresh_tokens > 0
    UNION ALL
    SELECT
        *,
        'Cached Input Tokens' AS meter,
        reused_tokens AS consumed,
        cached_rate AS unit_price,
        CASE WHEN output_tokens = 0 THEN cost_usd ELSE billed_to_cached END - billed_to_input AS billed
    FROM priced
    WHERE is_by_token AND reused_tokens > 0
    UNION ALL
    SELECT
        *,
        'Output Tokens' AS meter,
        output_tokens AS consumed,
        output_rate AS unit_price,
        cost_usd - billed_to_cached AS billed
    FROM priced
    WHERE is_by_token AND output_tokens > 0
    UNION ALL
    SELECT
        *,
        'Requests' AS meter,
        CASE WHEN status = 'cached' THEN NULL ELSE tokens END AS consumed,
        cost_usd AS unit_price,
        cost_usd AS billed
    FROM priced
    WHERE NOT is_by_token
), charges AS (
    SELECT
        *,
        CASE WHEN meter = 'Requests' THEN 1 ELSE (consumed * 0.000001)::DECIMAL(19, 6) END AS quantity,
        (unit_price * quantity)::DECIMAL(38, 15) AS listed
    FROM metered
), jobs AS (
    SELECT run_id, arg_min(job, started_at) AS job
    FROM run_starts
    GROUP BY run_id
)
SELECT
    NULL::VARCHAR AS "AvailabilityZone",
    billed AS "BilledCost",
    provider AS "BillingAccountId",
    NULL::VARCHAR AS "BillingAccountName",
    'Provider' AS "BillingAccountType",
    'USD' AS "BillingCurrency",
    (date_trunc('month', started_at AT TIME ZONE 'UTC') + INTERVAL 1 MONTH) AT TIME ZONE 'UTC' AS "BillingPeriodEnd",
    date_trunc('month', started_at AT TIME ZONE 'UTC') AT TIME ZONE 'UTC' AS "BillingPeriodStart",
    NULL::VARCHAR AS "CapacityReservationId",
    NULL::VARCHAR AS "CapacityReservationStatus",
    'Usage' AS "ChargeCategory",
    NULL::VARCHAR AS "ChargeClass",
    meter || ' of ' || model || ' for ' || task_type AS "ChargeDescription",
    'Usage-Based' AS "ChargeFrequency",
    (date_trunc('hour', started_at AT TIME ZONE 'UTC') + INTERVAL 1 HOUR) AT TIME ZONE 'UTC' AS "ChargePeriodEnd",
    date_trunc('hour', started_at AT TIME ZONE 'UTC') AT TIME ZONE 'UTC' AS "ChargePeriodStart",
    NULL::VARCHAR AS "CommitmentDiscountCategory",
    NULL::VARCHAR AS "CommitmentDiscountId",
    NULL::VARCHAR AS "CommitmentDiscountName",
    NULL::DECIMAL(18, 9) AS "CommitmentDiscountQuantity",
    NULL::VARCHAR AS "CommitmentDiscountStatus",
    NULL::VARCHAR AS "CommitmentDiscountType",
    NULL::VARCHAR AS "CommitmentDiscountUnit",
    coalesce(consumed, 1)::DECIMAL(19, 0) AS "ConsumedQuantity",
    CASE WHEN consumed IS NULL THEN 'Requests' ELSE 'Tokens' END AS "ConsumedUnit",
    listed AS "ContractedCost",
    unit_price AS "ContractedUnitPrice",
    billed AS "EffectiveCost",
    NULL::VARCHAR AS "InvoiceId",
    provider AS "InvoiceIssuerName",
    listed AS "ListCost",
    unit_price AS "ListUnitPrice",
    'Standard' AS "PricingCategory",
    'USD' AS "PricingCurrency",
    unit_price AS "PricingCurrencyContractedUnitPrice",
    billed AS "PricingCurrencyEffectiveCost",
    unit_price AS "PricingCurrencyListUnitPrice",
    quantity AS "PricingQuantity",
    CASE WHEN meter = 'Requests' THEN 'Requests' ELSE '1000000 Tokens' END AS "PricingUnit",
    provider AS "ProviderName",
    provider AS "PublisherName",
    NULL::VARCHAR AS "RegionId",
    NULL::VARCHAR AS "RegionName",
    deployment AS "ResourceId",
    deployment AS "ResourceName",
    'Model Deployment' AS "ResourceType",
    CASE WHEN provider = 'local' THEN 'Analytics' ELSE 'AI and Machine Learning' END AS "ServiceCategory",
    CASE WHEN provider = 'local' THEN 'Search' ELSE provider || ' models' END AS "ServiceName",
    CASE WHEN provider = 'local' THEN 'Search' ELSE 'Generative AI' END AS "ServiceSubcategory",
    model || ': ' || meter AS "SkuId",
    meter AS "SkuMeter",
    NULL::VARCHAR AS "SkuPriceDetails",
    model || ': ' || meter AS "SkuPriceId",
    NULL::VARCHAR AS "SubAccountId",
    NULL::VARCHAR AS "SubAccountName",
    NULL::VARCHAR AS "SubAccountType",
    json_object('job', jobs.job, 'step', step, 'task_type', task_type)::VARCHAR AS "Tags",
    attempt_id AS "x_AttemptId",
    call_id AS "x_CallId",
    run_id AS "x_RunId",
    jobs.job AS "x_Job",
    step AS "x_Step",
    task_type AS "x_TaskType",
    model AS "x_Model",
    deployment AS "x_Deployment",
    status AS "x_Status",
    origin AS "x_Origin",
    price_id AS "x_PriceId",
    cost_source AS "x_CostSource",
    coalesce(is_notional, false) AS "x_IsNotional",
    started_at AS "x_StartedAt",
    ended_at AS "x_EndedAt"
FROM charges
LEFT JOIN jobs USING (run_id)
