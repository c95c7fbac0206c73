-- One row: the records that the loader refused in the last day before the validation.
SELECT
    count(*) FILTER (quarantined_at > $ran_at::TIMESTAMPTZ - INTERVAL 1 DAY) AS refused_lately
FROM quarantine
