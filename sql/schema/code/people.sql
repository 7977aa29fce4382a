-- name: people()
-- The people whom a name names, and how a text may write them: `redaction.contacts` has the same definition, from the
-- same tables.

-- Returns the words of a name without the labels and titles before them; NULL if there is no label, or no full name left.
CREATE OR REPLACE FUNCTION redaction.drop_labels(name text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
    labels CONSTANT text[] := CAST('{ {{- alphabet().name_labels -}} }' AS text[]);
    words text[] := string_to_array(btrim(redaction.fold_text(name), ' '), ' ');
    is_labelled boolean := false;
    rest text;
BEGIN
    WHILE cardinality(words) > 0 LOOP
        IF words[1] = ANY (labels) OR words[1] ~ '^[0-9]+$' THEN
            is_labelled := true;
        ELSE
            EXIT WHEN NOT redaction.tells_nothing(words[1]);
        END IF;
        words := words[2:];
    END LOOP;
    rest := array_to_string(words, ' ');
    IF NOT is_labelled OR (redaction.read_name(rest)).spellings = '{}' THEN
        RETURN NULL;
    END IF;
    RETURN CASE WHEN rest ~ '[{{ alphabet().spaceless }}]'
                     OR (SELECT count(DISTINCT w.word) > 1 FROM unnest(words) AS w (word) WHERE NOT redaction.tells_nothing(w.word))
                THEN rest END;
END
$body$;

-- Returns the names of single people in a name with several of them, with and without hyphens and apostrophes; none for
-- any other name. A person with one name only gets the family name of the others. A name with a label counts without it, too.
CREATE OR REPLACE FUNCTION redaction.split_people(name text) RETURNS text[]
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
    part text;
    parts text[] := '{}';
    whole text[] := '{}';
    families text[] := '{}';
    words text[];
    joined text;
    of_joined text[] := '{}';
BEGIN
    -- Most names are two words of letters.
    IF name ~ '^[A-Za-z]+,? ?[A-Za-z]+$' THEN
        RETURN '{}';
    END IF;
    joined := regexp_replace(name, '{{ alphabet().joint }}', '', 'g');
    IF joined <> name THEN
        of_joined := joined || redaction.split_people(joined);
    END IF;
    IF NOT (name ~* '{{ alphabet().between_people }}' OR name ~ '{{ alphabet().full_before_full }}') THEN
        part := redaction.drop_labels(name);
        RETURN CASE WHEN part IS NULL THEN '{}' ELSE ARRAY[name, part] END || of_joined;
    END IF;
    FOREACH part IN ARRAY (regexp_split_to_array(name, '{{ alphabet().between_people }}', 'i'))[:8] LOOP
        parts := parts || part || CASE WHEN strpos(part, ',') > 0 THEN (string_to_array(part, ','))[:8] ELSE '{}' END;
    END LOOP;
    parts := ARRAY(SELECT u.part FROM unnest(parts) WITH ORDINALITY AS u (part, place) GROUP BY u.part ORDER BY min(u.place));
    FOREACH part IN ARRAY parts LOOP
        IF (redaction.read_name(part)).spellings <> '{}' THEN
            whole := whole || part;
            words := ARRAY(
                SELECT w.word FROM unnest(string_to_array(btrim(redaction.fold_text(part), ' '), ' ')) WITH ORDINALITY AS w (word, place)
                WHERE NOT redaction.tells_nothing(w.word) ORDER BY w.place
            );
            part := words[CASE WHEN strpos(part, ',') > 0 THEN 1 ELSE cardinality(words) END];
            IF part <> ALL (families) THEN
                families := families || part;
            END IF;
        END IF;
    END LOOP;
    RETURN whole || ARRAY(
        SELECT p.part || ' ' || f.family
        FROM unnest(parts) WITH ORDINALITY AS p (part, place) CROSS JOIN unnest(families) WITH ORDINALITY AS f (family, place)
        WHERE p.part <> ALL (whole) ORDER BY p.place, f.place
    ) || ARRAY(
        SELECT l.name FROM unnest(whole) WITH ORDINALITY AS w (part, place) CROSS JOIN LATERAL redaction.drop_labels(w.part) AS l (name)
        WHERE l.name IS NOT NULL ORDER BY w.place
    ) || of_joined;
END
$body$;

-- Returns the pattern of a folded word in Latin letters.
CREATE OR REPLACE FUNCTION redaction.romanize(word text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
    pieces CONSTANT jsonb := '{{ alphabet().romanized }}';
    place integer := 1;
    piece text;
    pattern text := '';
BEGIN
    WHILE place <= length(word) LOOP
        piece := pieces ->> substr(word, place, 2);
        IF piece IS NULL OR place = length(word) THEN
            pattern := pattern || coalesce(pieces ->> substr(word, place, 1), substr(word, place, 1));
            place := place + 1;
        ELSE
            pattern := pattern || piece;
            place := place + 2;
        END IF;
    END LOOP;
    RETURN pattern;
END
$body$;

-- Returns a name with its words as a text with such words has them in another script; NULL if it has not two of them.
CREATE OR REPLACE FUNCTION redaction.respell(name text, words text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
    owns text[];
    others text[];
    other text;
    pattern text;
BEGIN
    IF redaction.decode_text(name) ~ '[{{ alphabet().other_script }}]' THEN
        owns := string_to_array(btrim(redaction.fold_text(name), ' '), ' ');
        FOR place IN 1..cardinality(owns) LOOP
            IF NOT redaction.tells_nothing(owns[place]) THEN
                others[place] := regexp_substr(
                    words, '(?<= )(?=[a-z]{2})(?!' || owns[place] || ' )' || redaction.romanize(owns[place]) || '(?= )'
                );
            END IF;
        END LOOP;
    ELSIF words ~ '[{{ alphabet().other_script }}]' THEN
        owns := string_to_array(btrim(redaction.fold_text(name), ' '), ' ');
        FOR other IN
            SELECT u.word FROM unnest(string_to_array(translate(words, E'\n', ' '), ' ')) WITH ORDINALITY AS u (word, place)
            WHERE u.word ~ '^[a-z]{2,}$' OR octet_length(u.word) <> length(u.word)
            GROUP BY u.word ORDER BY min(u.place)
        LOOP
            pattern := '^' || redaction.romanize(other) || '$';
            FOR place IN 1..cardinality(owns) LOOP
                IF others[place] IS NULL AND owns[place] <> other AND owns[place] ~ '^[a-z]{2,}$' AND owns[place] ~ pattern
                    AND NOT redaction.tells_nothing(owns[place]) THEN
                    others[place] := other;
                END IF;
            END LOOP;
        END LOOP;
    END IF;
    RETURN CASE WHEN cardinality(array_remove(others, NULL)) >= 2 THEN (
        SELECT string_agg(coalesce(others[w.place], w.word), ' ' ORDER BY w.place)
        FROM unnest(owns) WITH ORDINALITY AS w (word, place)
    ) END;
END
$body$;
{% for function in ("drop_labels(text)", "split_people(text)", "romanize(text)", "respell(text, text)") %}
REVOKE ALL ON FUNCTION redaction.{{ function }} FROM PUBLIC;
{% endfor %}
