-- name: recognition()
-- What a text reveals of a person: the definition of `redaction.contacts`, from the same tables, for the strip. The
-- search uses the folded text: without case, accents, width, invisible characters, separators, look-alikes, and the
-- encodings of URLs, HTML and mails. Several texts are separated by U+001F, and JSON texts follow them after U+001E.

-- Returns the text of some octets, in UTF-8 or else in Latin-1; `otherwise` if it is neither.
CREATE OR REPLACE FUNCTION redaction.decode_octets(octets bytea, otherwise text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
    BEGIN
        RETURN CASE WHEN octets = '' THEN otherwise ELSE convert_from(octets, 'UTF8') END;
    EXCEPTION WHEN character_not_in_repertoire OR untranslatable_character THEN
        RETURN convert_from(octets, 'LATIN1');
    END;
EXCEPTION WHEN character_not_in_repertoire OR untranslatable_character THEN
    RETURN otherwise;
END
$body$;

-- Returns the octets of an encoded word of a mail (RFC 2047), in any character set; none if it cannot be read.
CREATE OR REPLACE FUNCTION redaction.decode_word(word text) RETURNS bytea
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
    written text := split_part(word, '?', 4);
    plain text := rtrim(written, '=');
BEGIN
    IF lower(split_part(word, '?', 3)) = 'b' THEN
        RETURN CASE WHEN length(plain) % 4 = 1 THEN ''
                    ELSE decode(rpad(plain, (length(plain) + 3) / 4 * 4, '='), 'base64') END;
    END IF;
    RETURN (
        SELECT string_agg(
            CASE WHEN m.part[1] ~ '^=[0-9A-Fa-f]{2}$' THEN decode(substr(m.part[1], 2), 'hex')
                 ELSE convert_to(translate(m.part[1], '_', ' '), 'UTF8') END, '' ORDER BY m.place
        )
        FROM regexp_matches(written, '(=[0-9A-Fa-f]{2}|.)', 'g') WITH ORDINALITY AS m (part, place)
    );
END
$body$;

-- Returns a text without the encodings of URLs, HTML and mails, repeated ones too.
CREATE OR REPLACE FUNCTION redaction.decode_text(encoded text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
    rest text;
    decoded text := encoded;
    piece text;
    place integer;
    plain text;
    code integer;
BEGIN
    FOR round IN 1..4 LOOP
        EXIT WHEN decoded !~ '[%&]|=\?';
        rest := decoded;
        decoded := '';
        LOOP
            piece := regexp_substr(rest, '{{ alphabet().encoded }}');
            EXIT WHEN piece IS NULL;
            place := regexp_instr(rest, '{{ alphabet().encoded }}');
            plain := piece;
            IF left(piece, 1) = '%' AND left(piece, 2) <> '%u' THEN
                plain := redaction.decode_octets(decode(replace(piece, '%', ''), 'hex'), piece);
            ELSIF left(piece, 1) = '=' THEN
                plain := redaction.decode_octets(redaction.decode_word(piece), piece);
            ELSIF left(piece, 2) IN ('&#', '%u') THEN
                code := CASE WHEN left(piece, 2) = '%u' OR substr(piece, 3, 1) IN ('x', 'X')
                             THEN ('x' || lpad(ltrim(btrim(substr(piece, 3), ';'), 'xX'), 8, '0'))::bit(32)::integer
                             ELSE btrim(substr(piece, 3), ';')::integer END;
                IF code > 0 AND code < 1114112 AND code NOT BETWEEN 55296 AND 57343 THEN
                    plain := chr(code);
                END IF;
            ELSE
                plain := coalesce(CAST('{{ alphabet().entities }}' AS jsonb) ->> btrim(piece, '&;'), piece);
            END IF;
            decoded := decoded || left(rest, place - 1) || plain;
            rest := substr(rest, place + length(piece));
        END LOOP;
        decoded := decoded || rest;
    END LOOP;
    RETURN decoded;
END
$body$;

-- Returns the folded text: words between single spaces, one at either end.
CREATE OR REPLACE FUNCTION redaction.fold_text(written text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
    folded text := written;
BEGIN
    IF folded ~ '[%&]|=\?' THEN
        folded := redaction.decode_text(folded);
    END IF;
    IF octet_length(folded) = length(folded) THEN
        folded := regexp_replace(lower(folded COLLATE "C"), '[^a-z0-9]+', ' ', 'g');
    ELSE
        folded := regexp_replace(normalize(folded, NFKD), '[{{ alphabet().invisible }}]+', '', 'g');
        {% for letter, letters in alphabet().spelled_out %}
        folded := replace(folded, '{{ letter }}', '{{ letters }}');
        {% endfor %}
        folded := lower(translate(folded, '{{ alphabet().upper }}', '{{ alphabet().lower }}') COLLATE "C");
        folded := regexp_replace(folded, '[{{ alphabet().separator }}]+', ' ', 'g');
        IF folded ~ '[{{ alphabet().apart }}]' THEN
            folded := regexp_replace(folded, '{{ alphabet().dashes }}', ' ', 'g');
            -- A Latin word ends where another script begins.
            folded := regexp_replace(
                folded, '(?<=[a-z0-9])(?=[{{ alphabet().apart }}])|(?<=[{{ alphabet().apart }}])(?=[a-z0-9])', ' ', 'g'
            );
        END IF;
    END IF;
    folded := btrim(folded, ' ');
    RETURN CASE WHEN folded = '' THEN ' ' ELSE ' ' || folded || ' ' END;
END
$body$;

-- Returns a decoded text with two letters for each that is written as two; NULL if it has no such letter.
CREATE OR REPLACE FUNCTION redaction.spell_out(written text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
    spelled text := normalize(written, NFC);
BEGIN
    IF spelled !~ '[{% for letter, letters in alphabet().two_letters %}{{ letter }}{% endfor %}]' THEN
        RETURN NULL;
    END IF;
    {% for letter, letters in alphabet().two_letters %}
    spelled := replace(spelled, '{{ letter }}', '{{ letters }}');
    {% endfor %}
    RETURN spelled;
END
$body$;

-- Says whether a folded text has a card number, by its check digit, or a US social security number. `tracked` are the
-- digits of the activity's tracking number in its spellings: it is neither.
DROP FUNCTION IF EXISTS redaction.has_document(text);
CREATE OR REPLACE FUNCTION redaction.has_document(folded text, tracked text[]) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
    run text;
    groups text[];
    digits text;
    widest integer;
    total integer;
BEGIN
    IF folded !~ '[0-9]( ?[0-9]){8}' THEN
        RETURN false;
    END IF;
    IF EXISTS (
        SELECT FROM regexp_matches(folded, '{{ alphabet().security_number }}', 'g') AS m (number)
        CROSS JOIN LATERAL (SELECT replace(m.number[1], ' ', '') AS digits) n
        WHERE n.digits ~ '^(?!000|666|9)[0-9]{3}(?!00)[0-9]{2}(?!0000)' AND ltrim(n.digits, '0') <> ALL (tracked)
    ) THEN
        RETURN true;
    END IF;
    FOR run IN SELECT m[1] FROM regexp_matches(folded, '([0-9]+(?: [0-9]+)*)', 'g') AS m LOOP
        groups := string_to_array(run, ' ');
        FOR place IN 1..cardinality(groups) LOOP
            digits := '';
            widest := 0;
            IF array_to_string(groups[place:place + 2], '-') ~ '^(?!000|666|9)[0-9]{3}-(?!00)[0-9]{2}-(?!0000)[0-9]{4}$'
                AND ltrim(array_to_string(groups[place:place + 2], ''), '0') <> ALL (tracked)
                -- `011 15-1234-5678` is a mobile number of Argentina; a year may be directly behind a social security number.
                AND array_to_string(groups[place:place + 3], '-') !~ '^0[0-9]{2}-15-[0-9]{4}-(?!19|20)[0-9]{4}$' THEN
                RETURN true;
            END IF;
            FOR final IN place..cardinality(groups) LOOP
                digits := digits || groups[final];
                widest := greatest(widest, length(groups[final]));
                EXIT WHEN length(digits) > 19;
                CONTINUE WHEN length(digits) < 13 OR length(groups[place]) < least(widest, 4)
                    OR digits !~ '^({{ alphabet().card }})';
                SELECT sum(v.value - CASE WHEN v.value > 9 THEN 9 ELSE 0 END) INTO total
                FROM generate_series(1, length(digits)) AS i
                CROSS JOIN LATERAL (
                    SELECT substr(digits, i, 1)::integer * (1 + (length(digits) - i) % 2) AS value
                ) v;
                IF total % 10 = 0 THEN
                    RETURN true;
                END IF;
            END LOOP;
        END LOOP;
    END LOOP;
    RETURN false;
END
$body$;

-- The facts of texts: their words; their words without separators, for scripts without spaces; their digits, if seven
-- are together; whether an address may be in them, or a document number is.
CREATE OR REPLACE FUNCTION redaction.find_facts(
    texts text, OUT words text, OUT digits text, OUT mailed boolean, OUT documented boolean
)
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
    parts text[];
    routes text;
    written text;
    folded text;
    joined text;
BEGIN
    documented := false;
    IF octet_length(texts) = length(texts) AND texts !~ '[%&\\]|=\?|{{ alphabet().maybe_spelled }}' THEN
        -- Most texts are plain, and all texts of a row are folded at once.
        folded := lower(replace(translate(texts, E'\x1e\n\x1f', E'\x1f \x1f'), '", "', E'\x1f') COLLATE "C");
        folded := regexp_replace(regexp_replace(folded, '[^a-z0-9\x1f]+', ' ', 'g'), ' ?\x1f ?', E' \n ', 'g');
        words := ' ' || btrim(folded, ' ') || E' \n';
        mailed := strpos(texts, '@') > 0;
        joined := regexp_replace(words, '(?<=[0-9]) (?=[0-9])', '', 'g');
        digits := CASE WHEN joined ~ '[0-9]{7}' THEN joined ELSE '' END;
        documented := digits <> '' AND redaction.has_document(words, '{}');
        RETURN;
    END IF;
    words := '';
    digits := '';
    mailed := false;
    -- The names of the routes are behind the last separator: a text may contain one too, and JSON does not.
    routes := CASE WHEN strpos(texts, E'\x1e') > 0 THEN split_part(texts, E'\x1e', -1) END;
    parts := string_to_array(left(texts, length(texts) - coalesce(length(routes) + 1, 0)), E'\x1f') || ARRAY(
        SELECT e.value FROM jsonb_array_elements_text(CAST(nullif(routes, '') AS jsonb)) AS e (value)
        WHERE e.value IS NOT NULL
    );
    FOREACH written IN ARRAY parts || ARRAY(
        SELECT r.text FROM unnest(parts) AS p (part) CROSS JOIN LATERAL redaction.read_as_meant(p.part) AS r (text)
        WHERE r.text IS NOT NULL
    ) LOOP
        folded := redaction.fold_text(written);
        words := words || folded || E'\n';
        IF octet_length(folded) <> length(folded) AND folded ~ '[{{ alphabet().spaceless }}]' THEN
            words := words || replace(folded, ' ', '') || E'\n';
        END IF;
        IF octet_length(written) <> length(written) OR written ~ '[%&]|=\?' THEN
            words := words || coalesce(redaction.fold_text(redaction.spell_out(redaction.decode_text(written))) || E'\n', '');
        END IF;
        joined := regexp_replace(folded, '(?<=[0-9]) (?=[0-9])', '', 'g');
        IF joined ~ '[0-9]{7}' THEN
            digits := digits || joined || E'\n';
            documented := documented OR redaction.has_document(folded, '{}');
        END IF;
        mailed := mailed OR strpos(
            CASE WHEN octet_length(written) = length(written) AND written !~ '[%&]|=\?'
                 THEN written ELSE normalize(redaction.decode_text(written), NFKC) END, '@'
        ) > 0;
    END LOOP;
END
$body$;

-- Returns the facts of some texts, with their words without separators. It declares many rows, so that the planner
-- joins them by a hash.
CREATE OR REPLACE FUNCTION redaction.find_facts_of(given_texts text[])
RETURNS TABLE (texts text, words text, digits text, mailed boolean, documented boolean, squeezed text)
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE ROWS 10000 SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
    RETURN QUERY
    SELECT t.texts, f.words, f.digits, f.mailed, f.documented, replace(f.words, ' ', '')
    FROM unnest(given_texts) AS t (texts) CROSS JOIN LATERAL redaction.find_facts(t.texts) f;
END
$body$;

-- Returns the digits by which a number is searched for: the last ten national ones; NULL for fewer than seven.
CREATE OR REPLACE FUNCTION redaction.read_number(number text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $body$
    SELECT CASE WHEN length(right(n.national, 10)) >= 7 AND right(n.national, 10) ~ '[1-9]' THEN right(n.national, 10) END
    FROM (
        SELECT CASE WHEN d.plain LIKE '+%' OR d.digits LIKE '00%' OR d.digits LIKE '011%'
                    THEN regexp_replace(d.digits, '^(?:00|011)?0*(?:{{ alphabet().calling_code }})?0*', '')
                    ELSE regexp_replace(ltrim(d.digits, '0'), '^1([0-9]{10})$', '\1') END AS national
        FROM (
            SELECT split_part(btrim(number), '@', 1) AS plain,
                   regexp_replace(split_part(btrim(number), '@', 1), '[^0-9]', '', 'g') AS digits
        ) d
    ) n
$body$;

-- Returns the digits of a number by which it is searched for, in each spelling of the same subscriber that has others.
CREATE OR REPLACE FUNCTION redaction.number_spellings(number text) RETURNS text[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $body$
    SELECT array_remove(ARRAY[redaction.read_number(number)], NULL) || CASE WHEN number ~ '^[+](?:5[45]|22[59])' THEN ARRAY(
        SELECT regexp_replace(number_spellings.number, '^[+]' || s.number || '$', s.spelling)
        FROM (VALUES {% for number, spelling in alphabet().number_spellings %}('{{ number }}', '{{ spelling }}'){{ ", " if not loop.last }}{% endfor %}) AS s (number, spelling)
        WHERE number_spellings.number ~ ('^[+]' || s.number || '$')
    ) ELSE '{}' END
$body$;

-- Says whether a text or a `route_id` is a number of some contacts, in any spelling of the contact's country: with its
-- country, or its whole national number, or with more digits around it. A number of eight digits or fewer may be in
-- another one by chance. A shorter end of a number is none: the id of somebody else ends like that. A number in the
-- account's settings is its own.
CREATE OR REPLACE FUNCTION redaction.holds_number(account bigint, contacts text[], stored text[], path jsonb) RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
    RETURN EXISTS (
        SELECT FROM unnest(stored || ARRAY(
            SELECT r.id #>> '{}' FROM jsonb_path_query(path, '$[*].route_id ? (@.type() == "string" || @.type() == "number")') AS r (id)
        )) AS s (value)
        -- Next to the country code people write the trunk prefix in parentheses.
        CROSS JOIN LATERAL (
            SELECT ltrim(regexp_replace(replace(s.value, '(0)', ''), '[^0-9]', '', 'g'), '0') AS digits
        ) v
        CROSS JOIN unnest(contacts) AS c (number)
        CROSS JOIN LATERAL (
            SELECT substr(c.number, 2) AS digits, redaction.number_spellings(c.number) AS spellings,
                   coalesce(substring(c.number FROM '^[+]({{ alphabet().calling_code }})'), '') AS code
        ) n
        CROSS JOIN LATERAL (
            SELECT ARRAY(SELECT ltrim(s.spelling, '0') FROM unnest(n.spellings) AS s (spelling)) AS spellings,
                   ARRAY(SELECT n.code || s.spelling FROM unnest(n.spellings) AS s (spelling)) AS with_code,
                   {% for code, trunk in alphabet().trunks %}{{ "CASE n.code " if loop.first }}WHEN '{{ code }}' THEN '{{ trunk }}' {% endfor %}END AS trunk
        ) own
        WHERE c.number LIKE '+%' AND length(v.digits) >= 7
          AND (
              v.digits IN (n.digits, '11' || n.digits) OR v.digits = ANY(own.with_code)
              OR (n.spellings <> '{}' AND starts_with(v.digits, n.code) AND (
                  ltrim(substr(v.digits, length(n.code) + 1), '0') = ltrim(substr(n.digits, length(n.code) + 1), '0')
                  -- Countries whose numbers are written in several ways with their code, too.
                  OR (n.code ~ '^(?:{{ alphabet().old_codes }})$' AND redaction.read_number('+' || v.digits) = ANY(n.spellings))
              ))
              -- Only North America's numbers are all of one length: with more digits they are nobody else's.
              OR (s.value LIKE '+%' AND n.code = '1' AND strpos(v.digits, n.digits) > 0)
              -- Some put a plus before a number without its country.
              OR (length(v.digits) >= {{ alphabet().long_number }} AND v.digits = ANY(own.spellings))
              OR (s.value NOT LIKE '+%' AND (v.digits = ANY(own.spellings) OR EXISTS (
                  SELECT FROM unnest(own.spellings) AS o (spelling)
                  WHERE length(o.spelling) >= {{ alphabet().long_number }} AND strpos(v.digits, o.spelling) > 0
              ) OR v.digits = own.trunk || own.spellings[1] OR (
                  length(v.digits) >= length(own.spellings[1]) AND right(n.digits, length(v.digits)) = v.digits
              )))
          )
          AND NOT EXISTS (
              SELECT FROM tracking.call_settings t CROSS JOIN LATERAL unnest(t.tracking_numbers) AS o (number)
              WHERE t.account_id = account AND (
                  redaction.read_number(o.number) IN (n.spellings[1], redaction.read_number(s.value))
                  OR ltrim(regexp_replace(o.number, '[^0-9]', '', 'g'), '0') = v.digits
              )
          )
    );
END
$body$;
REVOKE ALL ON FUNCTION redaction.holds_number(bigint, text[], text[], jsonb) FROM PUBLIC;

-- Returns each order of the words of a full name for the search, none for a text that is no full name; whether the name
-- consists of common words of call tracking; its words; and those that identify the person. Every text with the name
-- contains the first of these.
DROP FUNCTION IF EXISTS redaction.read_name(text);
CREATE FUNCTION redaction.read_name(
    name text, OUT spellings text[], OUT is_common boolean, OUT words text[], OUT parts text[]
)
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
    folded text := redaction.fold_text(name);
    turned text[];
    word text;
BEGIN
    spellings := '{}';
    is_common := false;
    parts := '{}';
    words := string_to_array(btrim(folded, ' '), ' ');
    IF translate(folded, '0123456789 ', '') = '' THEN
        RETURN;
    END IF;
    FOR place IN 1..CASE WHEN cardinality(words) <= 10 THEN cardinality(words) ELSE 1 END LOOP
        turned := words[place:] || words[:place - 1];
        IF folded ~ '[{{ alphabet().spaceless }}]' THEN
            IF length(normalize(array_to_string(words, ''), NFC)) >= 2 THEN
                spellings := spellings || array_to_string(turned, '');
            END IF;
        ELSIF cardinality(words) >= 2 THEN
            spellings := spellings || (' ' || array_to_string(turned, ' ') || ' ');
            IF length(array_to_string(words, '')) >= 6 THEN
                spellings := spellings || (' ' || array_to_string(turned, '') || ' ');
            END IF;
            is_common := redaction.are_common(words);
            word := words[place];
            IF cardinality(words) <= 10 AND word <> ALL (parts) AND NOT redaction.tells_nothing(word) THEN
                parts := parts || word;
            END IF;
        END IF;
    END LOOP;
    IF spellings <> '{}' AND cardinality(words) BETWEEN 2 AND 10 AND folded !~ '[{{ alphabet().spaceless }}]' AND cardinality(parts) < 2 THEN
        parts := ARRAY(SELECT w.word FROM unnest(words) WITH ORDINALITY AS w (word, place) GROUP BY w.word ORDER BY min(w.place));
    END IF;
    -- The initial of a part means it next to the first one: `Ada L.`, but not `Ada's`.
    IF length(parts[1]) >= 3 AND parts[1] <> ALL (CAST('{ {{- alphabet().common_words -}} }' AS text[])) AND NOT redaction.tells_nothing(parts[1]) THEN
        parts := parts || ARRAY(
            SELECT left(p.part, 1) FROM unnest(parts[2:]) WITH ORDINALITY AS p (part, place)
            WHERE length(p.part) > 1 AND p.part !~ '^s|[0-9]' AND left(p.part, 1) <> ALL (parts)
            GROUP BY 1 ORDER BY min(p.place)
        );
    END IF;
END
$body$;

-- Says whether words are nobody's name: common words of call tracking, single letters and numbers, or such a word in pieces.
CREATE OR REPLACE FUNCTION redaction.are_common(words text[]) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
    common CONSTANT text[] := CAST('{ {{- alphabet().common_words -}} }' AS text[]);
BEGIN
    RETURN NOT EXISTS (SELECT FROM unnest(words) AS w (word) WHERE w.word <> ALL (common) AND w.word !~ '^(?:.|[0-9]+)$')
        OR EXISTS (
            SELECT FROM generate_series(1, cardinality(words)) AS p (place)
            WHERE array_to_string(words[p.place:] || words[:p.place - 1], '') = ANY (common)
        );
END
$body$;

-- Says whether a word of a name identifies nobody: an initial, a particle, a title.
CREATE OR REPLACE FUNCTION redaction.tells_nothing(word text) RETURNS boolean
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $body$
    SELECT length(word) = 1 OR word = ANY (CAST('{ {{- alphabet().name_words -}} }' AS text[]))
$body$;

-- Returns the pattern of what precedes a part in its name, joined to it or not, and identifies nobody by itself.
CREATE OR REPLACE FUNCTION redaction.before_name_part(words text[], part text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
    place integer := array_position(words, part) - 1;
    pattern text := '';
BEGIN
    WHILE place >= 1 AND redaction.tells_nothing(words[place]) LOOP
        pattern := '(?:' || words[place] || ' ?)?' || pattern;
        place := place - 1;
    END LOOP;
    RETURN pattern;
END
$body$;

-- Returns the pattern of two parts of a name near each other in a text's words. Between them there may be initials,
-- particles and titles, and one more word: a middle name.
CREATE OR REPLACE FUNCTION redaction.name_pattern(words text[], initial text, part text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
    one text := redaction.before_name_part(words, initial) || initial;
    other text := redaction.before_name_part(words, part)
        || CASE WHEN length(part) >= 4 THEN regexp_replace(part, '(.)(?=.)', '\1 ?', 'g') ELSE part END;
    far text := CASE WHEN least(length(initial), length(part)) >= 3 THEN '(?:[^ \n]+ {{ alphabet().beside_a_name }})?' ELSE '' END;
    gap text := '(?: {{ alphabet().beside_a_name }}' || far || ')' || CASE WHEN length(initial) + length(part) >= 6 THEN '?' ELSE '' END;
BEGIN
    RETURN ' (?:' || one || gap || other || '|' || other || gap || one || ')(?=[0-9]{0,8} )';
END
$body$;

-- Returns the parts of a name, as it is, that are in a text with such words: the name if all of it is, else its first
-- part with each part near it. Common words are nobody's name.
CREATE OR REPLACE FUNCTION redaction.find_forms_of(words text, name text) RETURNS text[]
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
    full_name record;
    squeezed text;
    part text;
    forms text[] := '{}';
BEGIN
    SELECT * INTO full_name FROM redaction.read_name(name);
    IF NOT full_name.is_common AND EXISTS (
        SELECT FROM unnest(full_name.spellings) AS s (spelling) WHERE strpos(words, s.spelling) > 0
    ) THEN
        RETURN ARRAY[name];
    END IF;
    squeezed := replace(words, ' ', '');
    IF cardinality(full_name.parts) < 2 OR strpos(squeezed, full_name.parts[1]) = 0 THEN
        RETURN forms;
    END IF;
    -- Letter by letter: `J A N E  D O E`.
    IF NOT full_name.is_common AND words ~ '( [^ \n]){6} ' AND EXISTS (
        SELECT FROM unnest(full_name.spellings) AS s (spelling)
        CROSS JOIN LATERAL (SELECT replace(s.spelling, ' ', '') AS letters) l
        WHERE length(l.letters) >= 6 AND strpos(words, regexp_replace(l.letters, '(.)', ' \1', 'g') || ' ') > 0
    ) THEN
        RETURN ARRAY[name];
    END IF;
    FOREACH part IN ARRAY full_name.parts[2:] LOOP
        IF strpos(squeezed, part) > 0
            AND NOT redaction.are_common(ARRAY[full_name.parts[1], part])
            AND (
                (strpos(words, full_name.parts[1]) > 0
                    AND words ~ redaction.name_pattern(full_name.words, full_name.parts[1], part))
                -- The first part may be in pieces, too, next to a whole one: `Mary Ann Doe` for `Maryann Doe`.
                OR (length(full_name.parts[1]) >= 5 AND length(part) > 1
                    AND length(replace(squeezed, full_name.parts[1], '')) < length(replace(replace(words, full_name.parts[1], ''), ' ', ''))
                    AND words ~ redaction.name_pattern(full_name.words, part, full_name.parts[1]))
            ) THEN
            forms := forms || (full_name.parts[1] || ' ' || part);
        END IF;
    END LOOP;
    RETURN forms;
END
$body$;

-- Returns the same of each person in a name, with one or two letters for an umlaut, and in another script.
CREATE OR REPLACE FUNCTION redaction.find_forms(words text, name text) RETURNS text[]
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
    is_plain boolean := octet_length(name) = length(name);
    may_differ boolean := NOT is_plain OR octet_length(words) <> length(words) OR name ~ '[%&]|=\?';
    person text;
    spelled text;
    seen text[] := '{}';
    forms text[] := '{}';
BEGIN
    FOREACH person IN ARRAY name || redaction.split_people(name) LOOP
        FOR spelled IN
            SELECT t.text FROM (VALUES (1, person), (2, CASE WHEN NOT is_plain THEN redaction.spell_out(person) END)) AS v (place, one)
            CROSS JOIN LATERAL (
                VALUES (1, v.one), (2, CASE WHEN may_differ THEN redaction.respell(v.one, words) END)
            ) AS t (place, text)
            WHERE t.text IS NOT NULL ORDER BY v.place, t.place
        LOOP
            CONTINUE WHEN spelled = ANY (seen);
            seen := seen || spelled;
            forms := forms || redaction.find_forms_of(words, spelled);
        END LOOP;
    END LOOP;
    RETURN forms;
END
$body$;

-- Says whether a text with such words has one of some full names, in some form. A name whose first letters are nowhere in
-- it is not searched for.
CREATE OR REPLACE FUNCTION redaction.holds_name(words text, names text[]) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
    squeezed CONSTANT text := replace(words, ' ', '');
    name text;
    initial text;
BEGIN
    FOREACH name IN ARRAY names LOOP
        initial := {% with name = "name" %}{% include "strip/_initial.sql" %}{% endwith %};
        IF redaction.may_be_in(squeezed, initial) AND redaction.find_forms(words, name) <> '{}' THEN
            RETURN true;
        END IF;
    END LOOP;
    RETURN false;
END
$body$;

-- Says whether a name with such first letters may be in a text, without separators.
CREATE OR REPLACE FUNCTION redaction.may_be_in(squeezed text, initial text) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
    SELECT initial IS NOT NULL AND (
        initial !~ '^[A-Za-z0-9]{3}$'
        OR strpos(squeezed, lower(initial COLLATE "C")) > 0
        -- Not every form of a name has a title or a particle.
        OR lower(initial COLLATE "C") = ANY (CAST('{ {{- alphabet().name_beginnings -}} }' AS text[]))
        OR (octet_length(squeezed) <> length(squeezed) AND squeezed ~ '[{{ alphabet().other_script }}]')
    )
$body$;
{% for function in ("decode_text(text)", "fold_text(text)", "has_document(text, text[])", "find_facts(text)", "find_facts_of(text[])", "read_number(text)", "number_spellings(text)",
    "read_name(text)", "holds_name(text, text[])", "decode_octets(bytea, text)", "tells_nothing(text)",
    "before_name_part(text[], text)", "name_pattern(text[], text, text)", "find_forms(text, text)", "find_forms_of(text, text)",
    "decode_word(text)", "spell_out(text)", "may_be_in(text, text)", "are_common(text[])") %}
REVOKE ALL ON FUNCTION redaction.{{ function }} FROM PUBLIC;
{% endfor %}
