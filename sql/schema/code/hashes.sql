-- name: hashes()
-- The hash of a value by its type, seeded with that of the values before it, so that a row is hashed column by column:
-- forming a record of them first takes longer than all the hashes. Each is one expression, which the planner inlines.
-- NULL has the hash of a value that nobody writes.
CREATE OR REPLACE FUNCTION redaction.hash_value(value text, seed bigint) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$ SELECT hashtextextended(coalesce(value, chr(1)), seed) $body$;
CREATE OR REPLACE FUNCTION redaction.hash_value(value bigint, seed bigint) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$ SELECT hashint8extended(coalesce(value, -9223372036854775808), seed) $body$;
CREATE OR REPLACE FUNCTION redaction.hash_value(value jsonb, seed bigint) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$ SELECT jsonb_hash_extended(coalesce(value, '"\u0001"'), seed) $body$;
-- The difference of two times: a cast would depend on the session's zone.
CREATE OR REPLACE FUNCTION redaction.hash_value(value timestamptz, seed bigint) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
    SELECT interval_hash_extended(
        CASE WHEN isfinite(value) THEN value - '2000-01-01 00:00:00+00'::timestamptz
             WHEN value = '-infinity' THEN '-2000000 years'::interval
             WHEN value = 'infinity' THEN '2000000 years'::interval
             ELSE '-1000000 years'::interval END,
        seed
    )
$body$;
-- Any other type, slowly; the hash of a record of NULL takes no seed.
CREATE OR REPLACE FUNCTION redaction.hash_value(value anyelement, seed bigint) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$ SELECT hashint8extended(hash_record_extended(ROW(value), 0), seed) $body$;
-- Readers of a run's views, and all who hash rows, call them in their own name.
REVOKE ALL ON FUNCTION redaction.hash_value(text, bigint), redaction.hash_value(bigint, bigint),
    redaction.hash_value(jsonb, bigint), redaction.hash_value(timestamptz, bigint),
    redaction.hash_value(anyelement, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION redaction.hash_value(text, bigint), redaction.hash_value(bigint, bigint),
    redaction.hash_value(jsonb, bigint), redaction.hash_value(timestamptz, bigint),
    redaction.hash_value(anyelement, bigint) TO redaction_worker;
