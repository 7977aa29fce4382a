-- name: retained_values()
-- What a retained value of a number, an id or a hop of a call path may be, as the loader has it (`source.retained`), from
-- the same formats. Whose phone number an id would be is for the loader alone: it has the plans of all countries.
{% set keys_array %}{% include "validate/_path_keys.sql" %}{% endset %}

-- Says whether a tracking number is a number in any notation, and neither a card's nor a social security number.
CREATE OR REPLACE FUNCTION redaction.fits_number(number text) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
    RETURN number = '' OR (
        number ~ '^{{ formats.NUMBER }}$'
        AND length(regexp_replace(number, '[^0-9]', '', 'g')) BETWEEN {{ formats.SHORTEST_NUMBER }} AND {{ formats.LONGEST_NUMBER }}
        -- With its country, up to the longest of ITU-T E.164.
        AND (regexp_replace(number, '[^+0-9]', '', 'g') ~ '^[+][0-9]{8,15}$'
             OR NOT redaction.has_document(regexp_replace(number, '[^0-9]+', ' ', 'g'), '{}'))
    );
END
$body$;

-- Says whether an id is an integer of eight octets, and not the number of a card.
CREATE OR REPLACE FUNCTION redaction.fits_id(number numeric) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
    RETURN trunc(number) = number AND number BETWEEN -9223372036854775808 AND 9223372036854775807
        AND NOT (abs(number) < {{ formats.NO_CARD }} AND redaction.has_document(CAST(trunc(abs(number)) AS text), '{}'));
END
$body$;

-- Says whether a hop has only the keys of the catalog, and only values that their key says.
CREATE OR REPLACE FUNCTION redaction.fits_hop(hop jsonb) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
    RETURN jsonb_typeof(hop) = 'object' AND hop - {{ keys_array }} = '{}'
        AND CASE jsonb_typeof(hop -> 'route_name') WHEN 'null' THEN true WHEN 'string' THEN true ELSE hop -> 'route_name' IS NULL END
        AND CASE jsonb_typeof(hop -> 'route_type')
            WHEN 'null' THEN true
            WHEN 'string' THEN hop ->> 'route_type' ~ '^{{ formats.WORD }}$' AND length(hop ->> 'route_type') <= {{ formats.LONGEST_WORD }}
            ELSE hop -> 'route_type' IS NULL END
        AND CASE jsonb_typeof(hop -> 'started_at')
            WHEN 'null' THEN true
            WHEN 'string' THEN hop ->> 'started_at' ~ '^(?:{{ formats.TIME }})$'
            WHEN 'number' THEN hop ->> 'started_at' ~ '^[0-9]{9,10}$'
                AND CAST(hop -> 'started_at' AS numeric) BETWEEN {{ formats.FIRST_SECOND }} AND {{ formats.LAST_SECOND - 1 }}
            ELSE hop -> 'started_at' IS NULL END
        AND CASE jsonb_typeof(hop -> 'route_id')
            WHEN 'null' THEN true
            WHEN 'string' THEN hop ->> 'route_id' ~ '^{{ formats.SHORT_ID }}$' AND hop ->> 'route_id' ~ '[0-9]'
                AND NOT redaction.has_document(regexp_replace(lower(hop ->> 'route_id'), '[^0-9a-z]+', ' ', 'g'), '{}')
            WHEN 'number' THEN redaction.fits_id(CAST(hop -> 'route_id' AS numeric))
            ELSE hop -> 'route_id' IS NULL END;
END
$body$;

-- Says whether each hop of an array does. A function, since a subquery in its place would keep the server from sharing the
-- work among its processes.
CREATE OR REPLACE FUNCTION redaction.fits_path(path jsonb) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
    RETURN NOT EXISTS (SELECT FROM jsonb_array_elements(path) AS hop WHERE NOT redaction.fits_hop(hop));
END
$body$;

{% for function in ("fits_number(text)", "fits_id(numeric)", "fits_hop(jsonb)", "fits_path(jsonb)") %}
REVOKE ALL ON FUNCTION redaction.{{ function }} FROM PUBLIC;
GRANT EXECUTE ON FUNCTION redaction.{{ function }} TO redaction_worker;
{% endfor %}
