-- name: caller_names()
-- The names of a row's caller, in whatever column they are: `redaction.source.named` finds the same in a record.

-- Returns the letters of the name of a field: `First Name`, `first_name_2` and `First name (required)` are one.
CREATE OR REPLACE FUNCTION redaction.field_letters(name text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
    IF strpos(name, '[') > 0 THEN
        name := regexp_replace(lower(name COLLATE "C"), '{{ alphabet().field_prefix }}', '');
    END IF;
    RETURN regexp_replace(
        CASE WHEN octet_length(name) = length(name) THEN regexp_replace(lower(name COLLATE "C"), '[^a-z0-9]+', '', 'g')
             ELSE replace(redaction.fold_text(name), ' ', '') END,
        '{{ alphabet().field_ending }}', ''
    );
END
$body$;

-- Returns the texts in a value of lists and objects, in order; empty ones are left out.
CREATE OR REPLACE FUNCTION redaction.leaves_of(held jsonb) RETURNS text[]
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
    RETURN ARRAY(
        SELECT q.value #>> '{}' FROM jsonb_path_query(held, 'strict $.**') WITH ORDINALITY AS q (value, place)
        WHERE jsonb_typeof(q.value) = 'string' AND q.value <> '""' ORDER BY q.place
    );
END
$body$;

-- Returns a value as one text, which is a part of a name.
CREATE OR REPLACE FUNCTION redaction.as_one(held jsonb) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
    RETURN CASE WHEN jsonb_typeof(held) IN ('array', 'object') THEN array_to_string(redaction.leaves_of(held), ' ')
                ELSE coalesce(held #>> '{}', '') END;
END
$body$;

-- Returns what may be a name in a value: a text, or the texts in a list or an object, each and all together.
CREATE OR REPLACE FUNCTION redaction.names_in(held jsonb) RETURNS text[]
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
    parts text[];
BEGIN
    IF jsonb_typeof(held) = 'string' THEN
        RETURN ARRAY[held #>> '{}'];
    END IF;
    parts := redaction.leaves_of(held);
    RETURN CASE WHEN cardinality(parts) > 1 THEN parts || array_to_string(parts, ' ') ELSE parts END;
END
$body$;

-- Returns the value of a text that is JSON, NULL for any other text.
CREATE OR REPLACE FUNCTION redaction.read_json(written text) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
    RETURN CASE WHEN left(written, 1) IN ('{', '[') THEN CAST(written AS jsonb) END;
EXCEPTION WHEN data_exception THEN
    RETURN NULL;
END
$body$;

{% macro value_key(item) -%}
CASE{% for key in alphabet().field_values %} WHEN {{ item }} ? '{{ key }}' THEN '{{ key }}'{% endfor %}
                WHEN {{ item }} ?| CAST('{ {{- alphabet().field_texts | join(',') -}} }' AS text[])
                     AND {{ item }} - CAST('{ {{- alphabet().field_keys | join(',') -}} }' AS text[]) = '{}'
                THEN CASE{% for key in alphabet().field_texts %} WHEN {{ item }} ? '{{ key }}' THEN '{{ key }}'{% endfor %} END END
{%- endmacro %}
-- Returns whether an object is a field with its value, and has a name.
CREATE OR REPLACE FUNCTION redaction.is_field(item jsonb) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
    RETURN jsonb_typeof(item) = 'object' AND item ?| CAST('{ {{- alphabet().field_called | join(',') -}} }' AS text[])
       AND {{ value_key("item") }} IS NOT NULL;
END
$body$;

-- Returns the fields of an object, or of a list of fields with their values. An object that is a field counts by its own names, too.
CREATE OR REPLACE FUNCTION redaction.fields_within(held jsonb) RETURNS TABLE (name text, value jsonb)
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
    item jsonb;
    valued text;
BEGIN
    IF jsonb_typeof(held) = 'object' THEN
        RETURN QUERY SELECT e.key, e.value FROM jsonb_each(held) e;
        IF jsonb_path_exists(held, 'strict $.* ? (@.type() == "object")') THEN
            FOR item IN SELECT e.value FROM jsonb_each(held) e WHERE jsonb_typeof(e.value) = 'object' AND redaction.is_field(e.value) LOOP
                RETURN QUERY SELECT w.name, w.value FROM redaction.fields_within(jsonb_build_array(item)) w;
            END LOOP;
        END IF;
    ELSIF jsonb_typeof(held) = 'array' THEN
        FOR item IN SELECT e.value FROM jsonb_array_elements(held) e WHERE jsonb_typeof(e.value) IN ('object', 'array') LOOP
            IF jsonb_typeof(item) = 'array' THEN
                IF jsonb_array_length(item) = 2 AND jsonb_typeof(item -> 0) = 'string' THEN
                    RETURN QUERY SELECT item ->> 0, item -> 1;
                ELSE
                    RETURN QUERY SELECT '', item;
                END IF;
                CONTINUE;
            END IF;
            valued := {{ value_key("item") }};
            IF valued IS NULL THEN
                RETURN QUERY SELECT w.name, w.value FROM redaction.fields_within(item) w;
            ELSE
                RETURN QUERY SELECT item ->> c.called, item -> valued
                FROM unnest(CAST('{ {{- alphabet().field_called | join(',') -}} }' AS text[])) AS c (called)
                WHERE jsonb_typeof(item -> c.called) = 'string';
                IF lower(item ->> 'type') = ANY(CAST('{ {{- alphabet().field_names | join(',') -}} }' AS text[])) THEN
                    RETURN QUERY SELECT 'name', item -> valued;
                END IF;
            END IF;
        END LOOP;
    END IF;
END
$body$;

-- Returns the fields of a form that a browser has sent as a query, each with the list of its values.
CREATE OR REPLACE FUNCTION redaction.read_query(written text) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
    RETURN (
        SELECT jsonb_object_agg(q.name, q.said)
        FROM (
            SELECT redaction.decode_text(replace(split_part(p.part, '=', 1), '+', ' ')) AS name,
                   jsonb_agg(redaction.decode_text(replace(substr(p.part, strpos(p.part, '=') + 1), '+', ' ')) ORDER BY p.place) AS said
            FROM string_to_table(written, '&') WITH ORDINALITY AS p (part, place)
            WHERE strpos(p.part, '=') > 0
            GROUP BY 1
        ) q
    );
END
$body$;

-- Returns the fields of a form that is a text of lines, each with its value; NULL for any other text.
CREATE OR REPLACE FUNCTION redaction.read_lines(written text) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
    RETURN (
        SELECT CASE WHEN bool_and(l.said IS NOT NULL) THEN jsonb_agg(to_jsonb(l.said) ORDER BY l.place) END
        FROM (
            SELECT t.place, regexp_match(t.line, '^{{ alphabet().field_line }}$') AS said
            FROM regexp_split_to_table(written, '{{ alphabet().field_lines }}') WITH ORDINALITY AS t (line, place)
            WHERE t.line ~ '\S'
        ) l
    );
END
$body$;

-- Returns the names in a form or in custom fields: those of fields that are called so, in any spelling.
CREATE OR REPLACE FUNCTION redaction.names_in_fields(form jsonb) RETURNS text[]
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
    held jsonb := form;
    written text;
    fields jsonb;
    called text;
    parts text[];
    firsts text[];
    seconds text[];
    names text[] := '{}';
BEGIN
    IF jsonb_typeof(form) = 'string' THEN
        written := form #>> '{}';
        held := CASE WHEN left(written, 1) IN ('{', '[') THEN redaction.read_json(written)
                     WHEN written ~ '^[^\s=&]+=\S*$' THEN redaction.read_query(written) ELSE redaction.read_lines(written) END;
    END IF;
    SELECT jsonb_object_agg(f.letters, f.said) INTO fields
    FROM (
        SELECT redaction.field_letters(u.name) AS letters, jsonb_agg(u.value ORDER BY u.level, u.place) AS said
        FROM (
            SELECT 1 AS level, o.* FROM redaction.fields_within(held) WITH ORDINALITY AS o (name, value, place)
            UNION ALL
            -- Most fields are no objects.
            SELECT 2, i.* FROM (SELECT w.value FROM redaction.fields_within(held) w
                              WHERE jsonb_typeof(w.value) IN ('array', 'object') AND NOT (w.name ~ '^[0-9]+$' AND redaction.is_field(w.value))) o
            CROSS JOIN LATERAL redaction.fields_within(o.value) WITH ORDINALITY AS i (name, value, place)
        ) u
        GROUP BY 1
    ) f;
    FOR called IN
        SELECT n.called FROM unnest(CAST('{ {{- alphabet().name_fields -}} }' AS text[])) WITH ORDINALITY AS n (called, place)
        WHERE fields ? split_part(n.called, ' ', 1) ORDER BY n.place
    LOOP
        parts := string_to_array(called, ' ');
        IF cardinality(parts) = 1 THEN
            names := names || ARRAY(
                SELECT n.name FROM jsonb_array_elements(fields -> called) AS v (value)
                CROSS JOIN LATERAL unnest(redaction.names_in(v.value)) AS n (name)
            );
        ELSIF fields ? parts[2] THEN
            firsts := redaction.parts_of(fields -> parts[1]);
            seconds := redaction.parts_of(fields -> parts[2]);
            FOR place IN 1..greatest(cardinality(firsts), cardinality(seconds)) LOOP
                names := names || concat_ws(' ', firsts[place], seconds[place]);
            END LOOP;
        END IF;
    END LOOP;
    RETURN names;
END
$body$;

-- Returns each of some values as one text; empty ones are left out.
CREATE OR REPLACE FUNCTION redaction.parts_of(held jsonb) RETURNS text[]
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
    RETURN ARRAY(
        SELECT redaction.as_one(v.value) FROM jsonb_array_elements(held) WITH ORDINALITY AS v (value, place)
        WHERE redaction.as_one(v.value) <> '' ORDER BY v.place
    );
END
$body$;

-- Returns the names that a text, or JSON in it, has next to its numbers and addresses.
CREATE OR REPLACE FUNCTION redaction.names_next_to(written text) RETURNS text[]
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
    held jsonb := redaction.read_json(written);
BEGIN
    RETURN ARRAY(
        SELECT btrim(regexp_replace(t.text, '{{ alphabet().contacts }}', ' ', 'g'), E' \t\r\n"''`()[]{}<>,;.-')
        FROM unnest(CASE WHEN held IS NULL THEN ARRAY[written] ELSE redaction.leaves_of(held) END) AS t (text)
        WHERE strpos(btrim(t.text), ' ') > 0
    );
END
$body$;

-- Returns e-mail addresses, and those within other texts.
CREATE OR REPLACE FUNCTION redaction.addresses_in(emails text[]) RETURNS text[]
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
    RETURN emails || ARRAY(
        SELECT m[1] FROM unnest(emails) AS e (mail) CROSS JOIN LATERAL regexp_matches(e.mail, '({{ alphabet().address }})', 'g') AS m
    );
END
$body$;

-- Returns what may be a name of a row's caller, from the columns that have one.
CREATE OR REPLACE FUNCTION redaction.list_names(
    caller_name text, caller_id text, form jsonb, lookups jsonb, custom jsonb, emails text[], number text
) RETURNS text[]
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
    names text[] := caller_name || string_to_array(caller_id, ' / ');
    looked_up jsonb := lookups -> 'extended_lookup';
    held jsonb;
    written text;
BEGIN
    IF jsonb_typeof(looked_up) = 'object' THEN
        names := names || redaction.as_one(looked_up -> 'name')
            || concat_ws(' ', redaction.as_one(looked_up -> 'first_name'), redaction.as_one(looked_up -> 'last_name'));
    END IF;
    names := names || redaction.names_in_fields(form);
    IF jsonb_typeof(custom) = 'object' THEN
        FOR held IN SELECT e.value FROM jsonb_each(custom) e LOOP
            names := names || redaction.names_in_fields(held);
        END LOOP;
    END IF;
    FOREACH written IN ARRAY coalesce(emails, '{}') || CASE WHEN length(number) > {{ alphabet().most_number }} THEN number END LOOP
        IF strpos(written, ' ') > 0 THEN
            names := names || redaction.names_next_to(written);
        END IF;
    END LOOP;
    IF array_to_string(names, '') !~ '[^ -~]|[\\%&{[]|=\?' THEN
        RETURN array_remove(array_remove(names, ''), NULL);
    END IF;
    RETURN ARRAY(
        SELECT m.name FROM unnest(names) WITH ORDINALITY AS n (name, place)
        CROSS JOIN LATERAL (
            SELECT n.name, 0 AS rank WHERE redaction.read_json(n.name) IS NULL
            UNION ALL SELECT unnest(redaction.names_in(redaction.read_json(n.name))), 1
            UNION ALL SELECT redaction.repair_text(n.name), 2 WHERE n.name ~ '[^ -~]|\\u|[%&]|=\?'
        ) m
        WHERE m.name <> '' GROUP BY m.name ORDER BY min(n.place), min(m.rank)
    );
END
$body$;
{% for function in ("field_letters(text)", "leaves_of(jsonb)", "as_one(jsonb)", "names_in(jsonb)", "read_json(text)", "is_field(jsonb)",
    "fields_within(jsonb)",
    "read_query(text)", "read_lines(text)", "names_in_fields(jsonb)", "parts_of(jsonb)", "names_next_to(text)", "addresses_in(text[])",
    "list_names(text, text, jsonb, jsonb, jsonb, text[], text)") %}
REVOKE ALL ON FUNCTION redaction.{{ function }} FROM PUBLIC;
{% endfor %}
