-- Prices become versioned: what is recorded is when a price was seen in force, and a model's periods follow from that.
-- So periods come out the same in whatever order segments land, and a price that comes back opens a period of its own.

CREATE TABLE price_sightings (
    price_id VARCHAR NOT NULL,
    seen_at TIMESTAMPTZ NOT NULL,
    model VARCHAR NOT NULL,
    input DECIMAL(18,9) CHECK (input >= 0),
    output DECIMAL(18,9) CHECK (output >= 0),
    cached DECIMAL(18,9) CHECK (cached >= 0),
    batch_input DECIMAL(18,9) CHECK (batch_input >= 0),
    batch_output DECIMAL(18,9) CHECK (batch_output >= 0),
    is_notional BOOLEAN NOT NULL,
    PRIMARY KEY (price_id, seen_at)
);
-- What was known until now has one time for all; the first attempt at a price says better since when it was in force.
INSERT INTO price_sightings BY NAME
SELECT
    price_id,
    coalesce(min(attempts.started_at), any_value(prices.valid_from)) AS seen_at,
    any_value(prices.model) AS model,
    any_value(input) AS input,
    any_value(output) AS output,
    any_value(cached) AS cached,
    any_value(batch_input) AS batch_input,
    any_value(batch_output) AS batch_output,
    any_value(is_notional) AS is_notional
FROM prices
LEFT JOIN attempts USING (price_id)
GROUP BY price_id;
DROP TABLE prices;
COMMENT ON TABLE price_sightings IS 'One row per time that a price was seen in force: when a run that pinned it was opened; append-only, read through the views prices and rates.';
COMMENT ON COLUMN price_sightings.price_id IS 'hash of model and rates';
COMMENT ON COLUMN price_sightings.seen_at IS 'when it was seen in force, UTC';
COMMENT ON COLUMN price_sightings.model IS 'the logical model';
COMMENT ON COLUMN price_sightings.input IS 'USD per million prompt tokens; NULL is unknown';
COMMENT ON COLUMN price_sightings.output IS 'USD per million generated tokens; NULL is unknown';
COMMENT ON COLUMN price_sightings.cached IS 'USD per million cached prompt tokens; NULL: as input';
COMMENT ON COLUMN price_sightings.batch_input IS 'USD per million prompt tokens in batch mode; NULL is unknown';
COMMENT ON COLUMN price_sightings.batch_output IS 'USD per million generated tokens in batch mode; NULL is unknown';
COMMENT ON COLUMN price_sightings.is_notional IS 'true if derived from measured CPU time and billed by nobody';

CREATE VIEW rates AS
SELECT
    price_id,
    any_value(model) AS model,
    any_value(input) AS input,
    any_value(output) AS output,
    any_value(cached) AS cached,
    any_value(batch_input) AS batch_input,
    any_value(batch_output) AS batch_output,
    any_value(is_notional) AS is_notional
FROM price_sightings
GROUP BY price_id;
COMMENT ON VIEW rates IS 'One row per price_id: the rates that it stands for, whenever they were in force.';
COMMENT ON COLUMN rates.price_id IS 'hash of model and rates; what attempts name';
COMMENT ON COLUMN rates.model IS 'the logical model';
COMMENT ON COLUMN rates.input IS 'USD per million prompt tokens; NULL is unknown';
COMMENT ON COLUMN rates.output IS 'USD per million generated tokens; NULL is unknown';
COMMENT ON COLUMN rates.cached IS 'USD per million cached prompt tokens; NULL: as input';
COMMENT ON COLUMN rates.batch_input IS 'USD per million prompt tokens in batch mode; NULL is unknown';
COMMENT ON COLUMN rates.batch_output IS 'USD per million generated tokens in batch mode; NULL is unknown';
COMMENT ON COLUMN rates.is_notional IS 'true if derived from measured CPU time and billed by nobody';

CREATE VIEW prices AS
WITH ordered AS (
    SELECT
        price_id,
        seen_at,
        model,
        input,
        output,
        cached,
        batch_input,
        batch_output,
        is_notional,
        lag(price_id) OVER (PARTITION BY model ORDER BY seen_at, price_id) AS price_before
    FROM price_sightings
)
SELECT
    price_id,
    model,
    input,
    output,
    cached,
    batch_input,
    batch_output,
    is_notional,
    seen_at AS valid_from,
    lead(seen_at) OVER (PARTITION BY model ORDER BY seen_at, price_id) AS valid_to
FROM ordered
-- A price that was already in force opens no period; what is left are the changes.
WHERE price_before IS DISTINCT FROM price_id;
COMMENT ON VIEW prices IS 'One row per model''s price over one period; a price that comes back has a row for each period.';
COMMENT ON COLUMN prices.price_id IS 'hash of model and rates; with valid_from the key, as a price may come back';
COMMENT ON COLUMN prices.model IS 'the logical model';
COMMENT ON COLUMN prices.input IS 'USD per million prompt tokens; NULL is unknown';
COMMENT ON COLUMN prices.output IS 'USD per million generated tokens; NULL is unknown';
COMMENT ON COLUMN prices.cached IS 'USD per million cached prompt tokens; NULL: as input';
COMMENT ON COLUMN prices.batch_input IS 'USD per million prompt tokens in batch mode; NULL is unknown';
COMMENT ON COLUMN prices.batch_output IS 'USD per million generated tokens in batch mode; NULL is unknown';
COMMENT ON COLUMN prices.is_notional IS 'true if derived from measured CPU time and billed by nobody';
COMMENT ON COLUMN prices.valid_from IS 'when it was first seen in force after another price, UTC';
COMMENT ON COLUMN prices.valid_to IS 'when another price of the model was first seen in force, UTC; NULL while in force';
COMMENT ON COLUMN attempts.price_id IS 'the price that it is priced with, as its run pinned it; a key of rates; NULL if imported';
