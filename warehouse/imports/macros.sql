-- One row comes of none of these: they are the casts that the mappings share. Each is NULL where the text does not fit.
CREATE MACRO word(t) AS
    CASE WHEN trim(t) IN ('', 'null', 'NULL', 'None', 'NaN', 'nan', '\N') THEN NULL ELSE trim(t) END;
CREATE MACRO text_at(row_, name) AS json_extract_string(row_, '$."' || name || '"');
-- An object that may have been written as text, as in CSV.
CREATE MACRO inner_json(value) AS
    CASE
        WHEN json_type(value) <> 'VARCHAR' THEN value
        WHEN json_valid(json_extract_string(value, '$')) THEN json_extract_string(value, '$')::JSON
    END;
CREATE MACRO object_at(row_, name) AS
    CASE
        WHEN json_type(inner_json(json_extract(row_, '$."' || name || '"'))) = 'OBJECT'
            THEN inner_json(json_extract(row_, '$."' || name || '"'))
    END;
CREATE MACRO list_at(row_, name) AS
    CASE
        WHEN json_type(inner_json(json_extract(row_, '$."' || name || '"'))) = 'ARRAY'
            THEN json_extract_string(inner_json(json_extract(row_, '$."' || name || '"')), '$[*]')
        ELSE []
    END;
CREATE MACRO is_number(t) AS regexp_full_match(t, '[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,3})?');
CREATE MACRO as_usd(t) AS CASE WHEN is_number(t) THEN try_cast(t AS DECIMAL(18, 9)) END;
-- More is a mistake, and would make sums overflow.
CREATE MACRO max_usd() AS 1000000;
CREATE MACRO as_seconds(t) AS CASE WHEN is_number(t) THEN try_cast(t AS DOUBLE) END;
-- Some exports write counts as 10.0; more than a million million tokens are a mistake.
CREATE MACRO as_count(t) AS
    CASE
        WHEN is_number(t) AND try_cast(t AS DECIMAL(24, 6)) BETWEEN 0 AND 1000000000000
            AND try_cast(t AS DECIMAL(24, 6)) % 1 = 0
            THEN try_cast(t AS DECIMAL(24, 6))::BIGINT
    END;
-- Numbers are epochs in s, ms, µs or ns, told by their digits; texts without a zone are UTC.
CREATE MACRO as_time(t) AS
    CASE
        WHEN regexp_full_match(t, '[0-9]{9,10}(\.[0-9]+)?')
            THEN make_timestamp((try_cast(t AS DECIMAL(24, 6)) * 1000000)::BIGINT) AT TIME ZONE 'UTC'
        WHEN regexp_full_match(t, '[0-9]{12,13}(\.[0-9]+)?')
            THEN make_timestamp((try_cast(t AS DECIMAL(24, 6)) * 1000)::BIGINT) AT TIME ZONE 'UTC'
        WHEN regexp_full_match(t, '[0-9]{15,16}') THEN make_timestamp(t::BIGINT) AT TIME ZONE 'UTC'
        WHEN regexp_full_match(t, '[0-9]{18,19}') THEN make_timestamp(try_cast(t AS BIGINT) // 1000) AT TIME ZONE 'UTC'
        -- No place is more than 14 hours off.
        WHEN regexp_matches(t, ':[0-9.]+ ?[+-](1[5-9]|[2-9][0-9])(:?[0-9]{2})?$') THEN NULL
        WHEN regexp_matches(t, '^[0-9]{4}-[0-9]{2}-[0-9]{2}([T ]|$)')
            THEN try_cast(regexp_replace(t, ' ?([+-][0-9]{2}):?([0-9]{2})$', '\1:\2') AS TIMESTAMPTZ)
    END;
CREATE MACRO is_likely_time(t, now_) AS
    t >= TIMESTAMPTZ '2015-01-01 00:00:00+00' AND t <= now_ + INTERVAL 1 DAY;
-- The sum of counts; where one is no count, that one, so that the row is refused for it.
CREATE MACRO sum_of(texts) AS
    CASE
        WHEN len([t FOR t IN texts IF word(t) IS NOT NULL]) = 0 THEN NULL
        WHEN len([t FOR t IN texts IF word(t) IS NOT NULL AND as_count(word(t)) IS NULL]) > 0
            THEN [t FOR t IN texts IF word(t) IS NOT NULL AND as_count(word(t)) IS NULL][1]
        ELSE list_sum([as_count(word(t)) FOR t IN texts])::VARCHAR
    END;
-- The same of amounts, as exact.
CREATE MACRO sum_of_usd(texts) AS
    CASE
        WHEN len([t FOR t IN texts IF word(t) IS NOT NULL]) = 0 THEN NULL
        WHEN len([t FOR t IN texts IF word(t) IS NOT NULL AND as_usd(word(t)) IS NULL]) > 0
            THEN [t FOR t IN texts IF word(t) IS NOT NULL AND as_usd(word(t)) IS NULL][1]
        ELSE list_sum([as_usd(word(t)) FOR t IN texts])::VARCHAR
    END;
CREATE MACRO complaint(is_wrong, field, value, problem) AS
    CASE WHEN is_wrong THEN {'field': field, 'value': value::VARCHAR, 'problem': problem} END;
