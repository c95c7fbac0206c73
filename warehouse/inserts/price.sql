-- One row per price that the ledger has not seen, from the first time that it was seen in force.
INSERT INTO prices BY NAME
SELECT DISTINCT ON (price_id)
    price_id,
    model,
    input,
    output,
    cached,
    batch_input,
    batch_output,
    is_notional,
    valid_from,
    valid_to
FROM staged_price
ORDER BY price_id, valid_from
ON CONFLICT DO NOTHING
