-- One row per time that a price was seen in force and that the ledger does not know.
INSERT INTO price_sightings BY NAME
SELECT DISTINCT ON (price_id, valid_from)
    price_id,
    valid_from AS seen_at,
    model,
    input,
    output,
    cached,
    batch_input,
    batch_output,
    is_notional
FROM staged_price
ORDER BY price_id, valid_from
ON CONFLICT DO NOTHING
