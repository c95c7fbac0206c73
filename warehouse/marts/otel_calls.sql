-- One row per attempt as a client span: OpenTelemetry's attribute names for generative AI, and our own under pointsman.
--
-- Names and values are those of the GenAI semantic conventions (open-telemetry/semantic-conventions-genai, in development,
-- read with semantic conventions 1.44.0): spans of inference, embeddings and retrieval. A request is a span, so an attempt is.
WITH named AS (
    SELECT
        *,
        CASE
            WHEN provider = 'local' THEN 'retrieval'
            WHEN task_type = 'embed' THEN 'embeddings'
            ELSE 'chat'
        END AS operation
    FROM attempts
)
SELECT
    -- Ids are made of ours as OpenTelemetry wants them, 16 and 8 bytes in hexadecimal: a run is a trace.
    md5(run_id) AS trace_id,
    left(md5(attempt_id), 16) AS span_id,
    operation || ' ' || model AS span_name,
    CASE WHEN provider IN ('local', 'embedded') THEN 'INTERNAL' ELSE 'CLIENT' END AS span_kind,
    started_at AS start_time,
    ended_at AS end_time,
    latency_s AS duration_s,
    -- The conventions leave it unset but for errors; pointsman.status tells an answer from an unknown outcome.
    CASE WHEN status IN ('ok', 'cached', 'unknown') THEN 'UNSET' ELSE 'ERROR' END AS status_code,
    error_message AS status_message,
    operation AS "gen_ai.operation.name",
    CASE provider
        WHEN 'azure' THEN 'azure.ai.openai'
        WHEN 'azure_ai' THEN 'azure.ai.inference'
        WHEN 'bedrock' THEN 'aws.bedrock'
        WHEN 'gemini' THEN 'gcp.gemini'
        WHEN 'mistral' THEN 'mistral_ai'
        WHEN 'moonshot' THEN 'moonshot_ai'
        WHEN 'vertex_ai' THEN 'gcp.vertex_ai'
        WHEN 'watsonx' THEN 'ibm.watsonx.ai'
        WHEN 'xai' THEN 'x_ai'
        -- anthropic, cohere, deepseek, groq, openai and perplexity are called so there too; others have no name.
        ELSE provider
    END AS "gen_ai.provider.name",
    model AS "gen_ai.request.model",
    CASE WHEN status IN ('ok', 'cached') THEN model END AS "gen_ai.response.model",
    input_tokens AS "gen_ai.usage.input_tokens",
    output_tokens AS "gen_ai.usage.output_tokens",
    cached_tokens AS "gen_ai.usage.cache_read.input_tokens",
    CASE
        WHEN status IN ('error', 'timeout', 'rate_limited', 'refused') THEN coalesce(error_type, '_OTHER')
    END AS "error.type",
    run_id AS "pointsman.run.id",
    call_id AS "pointsman.call.id",
    attempt_id AS "pointsman.attempt.id",
    attempt_no AS "pointsman.attempt.number",
    item_id AS "pointsman.item.id",
    step AS "pointsman.step",
    task_type AS "pointsman.task_type",
    deployment AS "pointsman.deployment",
    status AS "pointsman.status",
    is_fallback AS "pointsman.is_fallback",
    origin AS "pointsman.origin",
    cost_usd AS "pointsman.cost_usd",
    queue_s AS "pointsman.queue_s"
FROM named
