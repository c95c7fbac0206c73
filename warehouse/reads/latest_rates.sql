-- One row per model whose price is known: what it was last seen with, in USD per million tokens.
SELECT
    model,
    input,
    output,
    coalesce(cached, input) AS cached
FROM prices
WHERE input IS NOT NULL AND output IS NOT NULL
QUALIFY row_number() OVER (PARTITION BY model ORDER BY valid_from DESC) = 1
ORDER BY model
