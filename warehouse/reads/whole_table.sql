-- One row: how many rows the table $name has, and a fingerprint that takes every value of it to be read.
SELECT
    count(*) AS n_rows,
    bit_xor(hash(whole)) AS fingerprint
FROM query_table($name) AS whole
