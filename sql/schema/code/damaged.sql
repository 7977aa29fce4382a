-- name: damaged()
-- Letters that a system has damaged on the way: `redaction.contacts.damaged` has the same definition, from the same pattern.

-- Returns the letter of a damaged one; the damaged one itself if it is none.
CREATE OR REPLACE FUNCTION redaction.read_damaged(damaged text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
    code integer;
    octets bytea := '';
    letter text;
BEGIN
    IF left(damaged, 1) = '\' THEN
        code := ('x' || lpad(substr(damaged, 3), 8, '0'))::bit(32)::integer;
        RETURN CASE WHEN code BETWEEN 1 AND 55295 OR code >= 57344 THEN chr(code) ELSE damaged END;
    END IF;
    FOREACH letter IN ARRAY string_to_array(damaged, NULL) LOOP
        octets := octets || CASE WHEN ascii(letter) < 256 THEN set_byte('\x00'::bytea, 0, ascii(letter))
                                 ELSE convert_to(letter, 'WIN1252') END;
    END LOOP;
    RETURN convert_from(octets, 'UTF8');
EXCEPTION WHEN character_not_in_repertoire OR untranslatable_character THEN
    RETURN damaged;
END
$body$;

-- Returns a text, decoded, without its damage; NULL if it has none.
CREATE OR REPLACE FUNCTION redaction.repair_text(written text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
    decoded text := redaction.decode_text(written);
    whole text := decoded;
    rest text;
    piece text;
    place integer;
BEGIN
    FOR round IN 1..2 LOOP
        EXIT WHEN whole !~ '{{ alphabet().damaged }}';
        rest := whole;
        whole := '';
        LOOP
            piece := regexp_substr(rest, '{{ alphabet().damaged }}');
            EXIT WHEN piece IS NULL;
            place := regexp_instr(rest, '{{ alphabet().damaged }}');
            whole := whole || left(rest, place - 1) || redaction.read_damaged(piece);
            rest := substr(rest, place + length(piece));
        END LOOP;
        whole := whole || rest;
    END LOOP;
    RETURN nullif(whole, decoded);
END
$body$;

-- Returns a text, decoded, without its damage and with each address as it is, also if it is written for people: `jane (at)
-- x.example`; NULL if that changes nothing.
CREATE OR REPLACE FUNCTION redaction.read_as_meant(written text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
    meant text := coalesce(redaction.repair_text(written), redaction.decode_text(written));
BEGIN
    meant := regexp_replace(meant, '{{ alphabet().spelled_at }}', '@', 'g');
    meant := regexp_replace(meant, '{{ alphabet().spelled_dot }}', '.', 'g');
    RETURN nullif(meant, redaction.decode_text(written));
END
$body$;
REVOKE ALL ON FUNCTION redaction.read_damaged(text), redaction.repair_text(text), redaction.read_as_meant(text) FROM PUBLIC;
