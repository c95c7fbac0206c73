-- What a predictor of texts made of a request, so that a decision is explained, and tried again, by what it went by.

ALTER TABLE decisions ADD COLUMN forecast JSON;
COMMENT ON COLUMN decisions.forecast IS 'what the predictor of texts said, as one JSON object: its name (the hash of its file), why it declined, and for each model [quality, standard error, output tokens, seconds, similar calls, and what the quality is made of: task mean, heads, similar calls, other task types]; NULL where none was asked';
