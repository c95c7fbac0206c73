-- A failed expectation names the rows that broke it.

ALTER TABLE validations ADD COLUMN rows_query VARCHAR;
COMMENT ON COLUMN validations.rows_query IS 'of one that failed, a query for `pointsman query` that finds the rows which broke it; NULL if it held, or if no rows are to blame';
