-- name: common_names()
-- The names of callers that are words of the business: their words are in texts of many other contacts. One definition
-- for the loader and the strip; `docs/explanation/contacts.md` has the numbers and how they were measured.
{% set least_contacts, least_days, latest = alphabet().common_contacts, alphabet().common_days, alphabet().latest %}

-- Returns the digest of a name, whatever the order of its words; NULL for a text that is no full name. It is stored
-- nowhere: all names can be tried against it. The stored digest is keyed, see `redaction.key_digest`.
CREATE OR REPLACE FUNCTION redaction.digest_name(name text) RETURNS bytea
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
    RETURN (
        SELECT sha256(convert_to(min(s.spelling COLLATE "C"), 'UTF8'))
        FROM unnest((redaction.read_name(name)).spellings) AS s (spelling)
    );
END
$body$;

-- Returns the parts of some names that are in texts with such words, in any form; parts of common words never count.
CREATE OR REPLACE FUNCTION redaction.find_names(words text, names text[]) RETURNS text[]
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
    RETURN ARRAY(
        SELECT f.form FROM unnest(names) WITH ORDINALITY AS n (name, place)
        CROSS JOIN LATERAL unnest(redaction.find_forms(words, n.name)) WITH ORDINALITY AS f (form, place)
        ORDER BY n.place, f.place
    );
END
$body$;

-- The latest activities of an account that are not redacted and have a contact: the sample of its words. Only a few
-- rows whose texts may have the names of a caller are read.
DROP FUNCTION IF EXISTS redaction.latest_texts(bigint);
CREATE FUNCTION redaction.latest_texts(account bigint)
RETURNS TABLE (
    contact_key text, day date, texts text, caller_name text, caller_id text, form jsonb, enhanced_caller_id jsonb,
    custom_fields jsonb, emails text[], caller_number text
)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
-- Created once a session: planning for all partitions takes longer than reading.
SET plan_cache_mode = force_generic_plan AS $body$
BEGIN
    RETURN QUERY
    SELECT a.contact_key, (a.called_at AT TIME ZONE 'UTC')::date, {% include "strip/_retained_texts.sql" %},
           a.caller_name, a.caller_id, a.form, a.enhanced_caller_id, a.custom_fields, a.emails, a.caller_number
    {% include "strip/_latest_activities.sql" %};
END
$body$;

-- Says for some callers' names whether each is common. A name is common if at least {{ least_contacts }} other
-- contacts, on {{ least_days }} days or more unless there are fewer, have its words in a text, among the {{ latest }}
-- latest activities of the account that are not redacted and have a contact. A contact with that very name is no other
-- one, and a text with a number in it does not count. A common name stays common. It uses the snapshot of its query
-- (STABLE): a strip sees what was there before it.
CREATE OR REPLACE FUNCTION redaction.find_common_names(account bigint, names text[])
RETURNS TABLE (name text, digest bytea, contacts bigint, is_common boolean)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
    -- Almost always the end of it.
    IF coalesce(cardinality(names), 0) = 0 THEN
        RETURN;
    END IF;
    RETURN QUERY
    WITH asked AS MATERIALIZED (
        SELECT n.name, d.plain, redaction.key_digest(d.plain, redaction.text_key(account)) AS digest, r.spellings,
               split_part(btrim(r.spellings[1], ' '), ' ', 1) AS word
        FROM (SELECT DISTINCT u.name FROM unnest(names) AS u (name)) n CROSS JOIN LATERAL redaction.read_name(n.name) r
        CROSS JOIN LATERAL redaction.digest_name(n.name) AS d (plain)
        WHERE r.spellings <> '{}' AND NOT r.is_common
    ), known AS MATERIALIZED (
        SELECT a.name, a.digest, c.contacts FROM asked a
        JOIN redaction.common_names c ON c.account_id = account AND c.digest = a.digest
    ), open AS MATERIALIZED (
        SELECT a.* FROM asked a WHERE a.digest NOT IN (SELECT k.digest FROM known k)
    ), latest AS MATERIALIZED (
        SELECT l.* FROM (SELECT account WHERE EXISTS (SELECT FROM open)) o CROSS JOIN LATERAL redaction.latest_texts(o.account) l
    ), texts AS MATERIALIZED (
        -- A plain text is folded only if it has a word of one of the names.
        SELECT t.texts, f.words
        FROM (
            SELECT DISTINCT l.texts FROM latest l
            WHERE octet_length(l.texts) <> length(l.texts) OR l.texts ~ '[%&\\]|=\?'
               OR EXISTS (SELECT FROM open o WHERE strpos(lower(l.texts COLLATE "C"), o.word) > 0)
        ) t
        CROSS JOIN LATERAL redaction.find_facts(t.texts) f
    ), evidence AS MATERIALIZED (
        SELECT DISTINCT o.digest, o.plain, t.texts
        FROM open o CROSS JOIN texts t
        CROSS JOIN LATERAL string_to_table(t.words, E'\n') AS w (line)
        WHERE regexp_replace(w.line, '(?<=[0-9]) (?=[0-9])', '', 'g') !~ '[0-9]{7}'
          AND EXISTS (SELECT FROM unnest(o.spellings) AS s (spelling) WHERE strpos(w.line, s.spelling) > 0)
    ), others AS MATERIALIZED (
        SELECT e.digest, a.contact_key, min(a.day) AS first_day
        FROM evidence e JOIN latest a ON a.texts = e.texts
        GROUP BY e.digest, e.plain, a.contact_key
        HAVING NOT bool_or(EXISTS (
            SELECT FROM unnest({% include "strip/_names.sql" %}) AS n (name)
            WHERE redaction.digest_name(n.name) = e.plain
        ))
    ), counted AS (
        SELECT o.digest, count(*) AS contacts, count(DISTINCT o.first_day) AS days FROM others o GROUP BY o.digest
    )
    SELECT k.name, k.digest, k.contacts, true FROM known k
    UNION ALL
    SELECT o.name, o.digest, coalesce(c.contacts, 0), coalesce(
               c.contacts >= {{ least_contacts }} AND c.days >= least({{ least_days }}, (SELECT count(DISTINCT l.day) FROM latest l)), false
           )
    FROM open o LEFT JOIN counted c ON c.digest = o.digest;
END
$body$;

-- Says for callers' names, given with their accounts, which are common (see `redaction.find_common_names`), in the
-- given order, and remembers those that are. The loader calls it; it does not learn who has the names.
CREATE OR REPLACE FUNCTION tracking.judge_names(accounts bigint[], names text[])
RETURNS TABLE (place bigint, is_common boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
    RETURN QUERY
    WITH asked AS MATERIALIZED (
        SELECT u.account, u.name, u.place FROM unnest(accounts, names) WITH ORDINALITY AS u (account, name, place)
    ), judged AS MATERIALIZED (
        SELECT a.account, f.*
        FROM (SELECT k.account, array_agg(k.name) AS names FROM asked k GROUP BY k.account) a
        CROSS JOIN LATERAL redaction.find_common_names(a.account, a.names) f
    ), remembered AS (
        INSERT INTO redaction.common_names (account_id, digest, contacts)
        SELECT DISTINCT j.account, j.digest, j.contacts FROM judged j WHERE j.is_common ORDER BY 1, 2
        ON CONFLICT DO NOTHING
    )
    SELECT a.place, coalesce(j.is_common, false)
    FROM asked a LEFT JOIN judged j ON j.account = a.account AND j.name = a.name
    ORDER BY a.place;
END
$body$;

-- Returns the texts of the sample of an account, each with the number of its uses, and with the number of activities of
-- the sample: a name that fewer texts have is not common, and need not be asked about. They are retained texts, which a
-- load has folded already: folding them here took a fifth of it. The contacts that a name is judged by are not counted
-- here either: that took half of the time.
CREATE OR REPLACE FUNCTION tracking.count_latest_texts(account bigint) RETURNS TABLE (text text, uses bigint, activities bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan AS $body$
BEGIN
    RETURN QUERY
    WITH latest AS MATERIALIZED (
        SELECT a.call_path{% for column in scrubbed %}, a.{{ column }}{% endfor +%}
        {% include "strip/_latest_activities.sql" %}
    ), texts AS (
        SELECT h.value #>> '{}' AS text
        FROM latest l CROSS JOIN LATERAL jsonb_path_query(l.call_path, '$[*].route_name') AS h (value)
        {%- for column in scrubbed %}
        UNION ALL SELECT l.{{ column }} FROM latest l
        {%- endfor %}
    )
    SELECT t.text, count(*), (SELECT count(*) FROM latest) FROM texts t WHERE t.text IS NOT NULL GROUP BY t.text;
END
$body$;

-- Returns the keyed digests of the names of an account's callers that turned out to be common, with the keys.
DROP FUNCTION IF EXISTS tracking.list_common_names(bigint);
CREATE FUNCTION tracking.list_common_names(account bigint) RETURNS TABLE (digest bytea, key bytea)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
    SELECT c.digest, k.key FROM redaction.common_names c JOIN redaction.text_keys k ON k.account_id = c.account_id
    WHERE c.account_id = account ORDER BY 1
$body$;
REVOKE ALL ON FUNCTION redaction.digest_name(text), redaction.find_names(text, text[]), redaction.latest_texts(bigint),
    redaction.find_common_names(bigint, text[]), tracking.judge_names(bigint[], text[]), tracking.count_latest_texts(bigint),
    tracking.list_common_names(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tracking.judge_names(bigint[], text[]), tracking.count_latest_texts(bigint), tracking.list_common_names(bigint)
    TO redaction_loader;
