-- One row per known price that was in force earlier than the ledger knew, or whose period has ended.
UPDATE prices
SET
    valid_from = least(prices.valid_from, seen.valid_from),
    valid_to = coalesce(seen.valid_to, prices.valid_to)
FROM (
    SELECT price_id, min(valid_from) AS valid_from, max(valid_to) AS valid_to
    FROM staged_price
    GROUP BY price_id
) AS seen
WHERE
    prices.price_id = seen.price_id
    AND (seen.valid_from < prices.valid_from OR seen.valid_to IS DISTINCT FROM coalesce(prices.valid_to, seen.valid_to))
