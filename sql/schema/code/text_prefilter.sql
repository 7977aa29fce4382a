-- name: text_prefilter()
-- The prefilter of texts: which rows of an account in a leaf need not be compared with their retained texts one by one,
-- to find those that name their caller. Its contract: a row that it skips names nobody. It may leave any row to be
-- compared, and all of them if it has nothing (NULL). The session keeps what it has learnt from one leaf for the next.

-- Which rows of an account's in a leaf need not be compared with their texts one by one. Texts repeat, so a sample of the
-- pages shows most of them: `known` has the hashes of those that hold nothing like a number or an address, and what
-- a caller's full name must begin with to be in one of them, separators aside, is among `beginnings`, three letters each in
-- the one spelling of texts, and `spelled` in each case. `nameless` has the hashes of those with nothing but common words and
-- numbers, which name nobody. Where texts do not repeat, all are NULL: every row is compared.
DROP FUNCTION IF EXISTS redaction.hint_at_callers(text, bigint, bigint);
DROP FUNCTION IF EXISTS redaction.learn_text_prefilter(text, bigint, bigint);
DROP FUNCTION IF EXISTS redaction.text_prefilter(text, bigint, bigint);
DROP FUNCTION IF EXISTS redaction.keep_text_prefilter(text[], text[], bigint[], bigint, bigint);
CREATE OR REPLACE FUNCTION redaction.learn_text_prefilter(
    leaf_name text, account bigint, due bigint, OUT beginnings text[], OUT spelled text[], OUT known bigint[],
    OUT nameless bigint[]
)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
-- Rows are few and fetched by their place.
SET enable_sort = off SET enable_hashjoin = off SET enable_mergejoin = off AS $body$
DECLARE
    texts record;
BEGIN
    EXECUTE format($sql$
        SELECT array_agg(t.place) AS places, array_agg(t.hash) AS hashes, sum(t.rows) AS rows
        FROM (
            SELECT {% include "strip/_texts_key.sql" %} AS hash, min(a.ctid) AS place, count(*) AS rows
            FROM tracking.%I a TABLESAMPLE SYSTEM ($2) REPEATABLE (0)
            WHERE a.account_id = $1 AND a.redacted_at IS NULL
            GROUP BY 1
        ) t
    $sql$, leaf_name) INTO texts USING account, least(100, greatest(10, 200000.0 / greatest(due, 1)));
    IF texts.rows IS NULL OR cardinality(texts.places) * 3 > texts.rows THEN
        RETURN;
    END IF;
    EXECUTE format($sql$
        WITH samples AS MATERIALIZED (
            SELECT s.hash, f.words, NOT EXISTS (
                       SELECT FROM string_to_table(translate(f.words, E'\n', ' '), ' ') AS w (word)
                       WHERE w.word <> ALL (CAST('{ {{- alphabet().common_words -}} }' AS text[])) AND w.word !~ '^(?:.?|[0-9]+)$'
                   ) AND f.words !~ '( [^ \n]){6} ' AS is_nameless,
                   f.digits = '' AND NOT f.mailed AND NOT {% include "strip/_in_other_script.sql" %} AS is_plain
            FROM unnest($1, $2) AS s (place, hash) JOIN tracking.%I a ON a.ctid = s.place
            CROSS JOIN LATERAL redaction.find_facts({% include "strip/_retained_texts.sql" %}) f
        ), words AS MATERIALIZED (
            SELECT DISTINCT replace(w.word, ' ', '') AS word
            FROM samples s CROSS JOIN LATERAL string_to_table(s.words, E'\n') AS w (word)
        )
        SELECT ARRAY(
                   SELECT DISTINCT substr(w.word, i, 3)
                   FROM words w CROSS JOIN LATERAL generate_series(1, length(w.word) - 2) AS i
                   UNION
                   -- A name with one letter instead of two: `Müller` in a text that says `Mueller`.
                   SELECT regexp_replace(substr(w.word, i, 4), '([aou])e|(a)a', '\1\2')
                   FROM words w CROSS JOIN LATERAL generate_series(1, length(w.word) - 3) AS i
                   WHERE w.word ~ '[aou]e|aa' AND substr(w.word, i, 4) ~ '[aou]e|aa'
               ),
               ARRAY(SELECT s.hash FROM samples s WHERE s.is_plain),
               ARRAY(SELECT s.hash FROM samples s WHERE s.is_plain AND s.is_nameless)
    $sql$, leaf_name) INTO beginnings, known, nameless USING texts.places, texts.hashes;
    -- A text that names its caller need not have a title or a particle that the name begins with.
    beginnings := beginnings || CAST('{ {{- alphabet().name_beginnings -}} }' AS text[]);
    spelled := ARRAY(
        SELECT DISTINCT one.letter || two.letter || three.letter
        FROM unnest(beginnings) AS b (letters)
        CROSS JOIN LATERAL (VALUES (substr(letters, 1, 1)), (upper(substr(letters, 1, 1)))) AS one (letter)
        CROSS JOIN LATERAL (VALUES (substr(letters, 2, 1)), (upper(substr(letters, 2, 1)))) AS two (letter)
        CROSS JOIN LATERAL (VALUES (substr(letters, 3, 1)), (upper(substr(letters, 3, 1)))) AS three (letter)
    );
END
$body$;
REVOKE ALL ON FUNCTION redaction.learn_text_prefilter(text, bigint, bigint) FROM PUBLIC;

-- Returns the prefilter that this session has kept, or learns it from a leaf. It is kept in a table of ours, not in a
-- setting of the session, which could say that no row need be compared.
CREATE OR REPLACE FUNCTION redaction.text_prefilter(
    leaf_name text, account bigint, due bigint, OUT beginnings text[], OUT spelled text[], OUT known bigint[],
    OUT nameless bigint[]
)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
    IF NOT redaction.is_ours('text_prefilter') THEN
        DROP TABLE IF EXISTS pg_temp.text_prefilter;
        CREATE TEMPORARY TABLE text_prefilter (beginnings text[], spelled text[], known bigint[], nameless bigint[]);
    END IF;
    SELECT f.* INTO beginnings, spelled, known, nameless FROM pg_temp.text_prefilter f;
    IF known IS NULL THEN
        SELECT f.* INTO beginnings, spelled, known, nameless FROM redaction.learn_text_prefilter(leaf_name, account, due) f;
    END IF;
END
$body$;
REVOKE ALL ON FUNCTION redaction.text_prefilter(text, bigint, bigint) FROM PUBLIC;

-- Keeps a prefilter for the next leaves, wherever their texts are; it is learnt again after a leaf in which it left one
-- row of ten to be compared.
CREATE OR REPLACE FUNCTION redaction.keep_text_prefilter(
    beginnings text[], spelled text[], known bigint[], nameless bigint[], compared bigint, of_rows bigint
) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
    DELETE FROM pg_temp.text_prefilter;
    IF compared * 10 < of_rows THEN
        INSERT INTO pg_temp.text_prefilter VALUES (beginnings, spelled, known, nameless);
    END IF;
END
$body$;
REVOKE ALL ON FUNCTION redaction.keep_text_prefilter(text[], text[], bigint[], bigint[], bigint, bigint) FROM PUBLIC;
