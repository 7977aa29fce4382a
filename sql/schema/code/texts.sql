-- name: texts()
-- Retained texts that may name a person other than the activity's own caller: which they are, and how a number or an
-- address is cut out of one, as in the loader (`redaction.contacts.cut`).

-- Says whether a text has an e-mail address, in any encoding.
CREATE OR REPLACE FUNCTION redaction.has_address(written text) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
    RETURN normalize(redaction.decode_text(written), NFKC) ~ '{{ alphabet().any_address }}';
END
$body$;

-- Says whether a text has an e-mail address, or seven digits together that belong to none of the numbers `own`, each as
-- `redaction.read_number` returns it, and are no date.
CREATE OR REPLACE FUNCTION redaction.may_name_somebody(written text, own text[]) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
    digits text;
    number text;
BEGIN
    -- Almost no text has one of these.
    IF written !~ '[0-9@%&]|=\?|[^ -~]' THEN
        RETURN false;
    END IF;
    IF written !~ '[%&\\]|=\?' THEN
        written := regexp_replace(written, '{{ alphabet().no_number }}', 'x', 'g');
    END IF;
    -- The separator between texts is like a separator within one.
    digits := (redaction.find_facts(translate(written, E'\x1e\x1f"', '   '))).digits;
    FOREACH number IN ARRAY own LOOP
        digits := replace(digits, number, ' ');
    END LOOP;
    RETURN digits ~ '[0-9]{7}' OR redaction.has_address(written);
END
$body$;

-- Returns a text without its numbers and addresses. A text without any is cut as a whole, and so is a text with digits
-- that are not plain or not in reading order.
CREATE OR REPLACE FUNCTION redaction.cut_contacts(written text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
    cut text := regexp_replace(
        regexp_replace(written, '{{ alphabet().address }}', '[redacted]', 'g'), '{{ alphabet().number }}', '[redacted]', 'g'
    );
BEGIN
    RETURN CASE WHEN cut = written OR written ~ '[{{ alphabet().invisible }}]' OR redaction.may_name_somebody(cut, '{}')
                     OR regexp_replace(redaction.fold_text(written), '[^0-9]', '', 'g') <> regexp_replace(written, '[^0-9]', '', 'g')
                THEN '[redacted]' ELSE cut END;
END
$body$;

-- An account has keys from its creation on; they move with it.
CREATE OR REPLACE FUNCTION redaction.make_text_key() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
    {% with tables = ["tracking.accounts"], operations = ["INSERT"], timing = "AFTER", level = "ROW" %}{% include "database/_fired_on.sql" %}{% endwith %}

    INSERT INTO redaction.text_keys (account_id, key)
    SELECT NEW.id, string_agg(sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()) || int8send(g.n)), '')
    FROM generate_series(1, 4) AS g (n)
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$body$;
CREATE OR REPLACE TRIGGER make_text_key AFTER INSERT ON tracking.accounts
    FOR EACH ROW EXECUTE FUNCTION redaction.make_text_key();

-- Returns the keys of an account.
CREATE OR REPLACE FUNCTION redaction.text_key(account bigint) RETURNS bytea
LANGUAGE sql STABLE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
    SELECT k.key FROM redaction.text_keys k WHERE k.account_id = account
$body$;

-- Returns a digest, keyed, as in HMAC, by the two halves of an account's keys: with them alone it can be tried.
CREATE OR REPLACE FUNCTION redaction.key_digest(digest bytea, key bytea) RETURNS bytea
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $body$
    SELECT sha256(substring(key FROM 65) || sha256(substring(key FOR 64) || digest))
$body$;

-- Returns the digest that identifies a decision on a text.
DROP FUNCTION IF EXISTS redaction.digest_text(text);
CREATE OR REPLACE FUNCTION redaction.digest_text(written text, key bytea) RETURNS bytea
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $body$
    SELECT redaction.key_digest(sha256(convert_to(written, 'UTF8')), key)
$body$;

-- Returns the business's own numbers, as they are searched for in texts: those that reports have counted, those of days
-- still to be counted, and those of its call settings.
CREATE OR REPLACE FUNCTION redaction.own_numbers(account bigint) RETURNS text[]
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
    numbers text[] := ARRAY(
        SELECT r.tracking_number FROM reporting.activity_by_number r WHERE r.account_id = account GROUP BY 1
        UNION
        SELECT unnest(s.tracking_numbers) FROM tracking.call_settings s WHERE s.account_id = account
    );
    first date;
    last date;
BEGIN
    SELECT min(d.day), max(d.day) INTO first, last FROM reporting.stale_days d WHERE d.account_id = account;
    IF first IS NOT NULL THEN
        -- A local day begins at most one day before and ends at most one after that of UTC.
        numbers := numbers || ARRAY(
            SELECT a.tracking_number FROM tracking.activities a
            WHERE a.account_id = account AND a.called_at >= first - 1 AND a.called_at < last + 2 GROUP BY 1
        );
    END IF;
    RETURN ARRAY(
        SELECT DISTINCT s.digits
        FROM unnest(numbers) AS n (number) CROSS JOIN LATERAL unnest(redaction.number_spellings(n.number)) AS s (digits)
    );
END
$body$;

-- Returns a call path in which the names of some routes are cut: those with a given digest, or, without digests, all
-- that have something to cut except those that a person has decided to keep.
CREATE OR REPLACE FUNCTION redaction.cut_routes(account bigint, path jsonb, digests bytea[]) RETURNS jsonb
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $body$
    SELECT coalesce(jsonb_agg(
        CASE WHEN CASE WHEN digests IS NULL
                       THEN redaction.may_name_somebody(h.hop ->> 'route_name', '{}') AND NOT EXISTS (
                           SELECT FROM redaction.text_decisions d
                           WHERE d.account_id = account AND d.digest = redaction.digest_text(h.hop ->> 'route_name', k.key)
                             AND d.decision = 'keep'
                       )
                       ELSE redaction.digest_text(h.hop ->> 'route_name', k.key) = ANY(digests) END
             THEN h.hop || jsonb_build_object('route_name', redaction.cut_contacts(h.hop ->> 'route_name'))
             ELSE h.hop END
        ORDER BY h.place
    ), path)
    FROM jsonb_array_elements(path) WITH ORDINALITY AS h (hop, place)
    CROSS JOIN (SELECT redaction.text_key(account) AS key) k
$body$;

-- Says whether a path is another one in which the names of some routes were cut, and nothing else changed.
CREATE OR REPLACE FUNCTION redaction.is_cut_path(before jsonb, after jsonb) RETURNS boolean
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $body$
    SELECT jsonb_array_length(before) = jsonb_array_length(after) AND bool_and(
        after -> (h.place - 1)::integer = h.hop
        OR after -> (h.place - 1)::integer
           = h.hop || jsonb_build_object('route_name', redaction.cut_contacts(h.hop ->> 'route_name'))
    )
    FROM jsonb_array_elements(before) WITH ORDINALITY AS h (hop, place)
$body$;

-- Cuts decided texts out of activities, redacted ones too. The caller has written the act into the ledger before, in
-- the same transaction, as its last row and outside a savepoint: a row of the kind `text` with the facts {"cut":
-- {column: [ids]}}. Only texts with a given digest are cut; without digests, after a restore, what those columns hold.
-- The old text is residue of its partition from now on. Returns the number of rows.
CREATE OR REPLACE FUNCTION redaction.cut_texts(account bigint, digests bytea[]) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
    recorded jsonb;
    done bigint;
    keys CONSTANT bytea := redaction.text_key(account);
BEGIN
    SELECT l.facts -> 'cut' INTO recorded
    FROM (SELECT l.xmin, l.account_id, l.kind, l.facts FROM redaction.ledger l ORDER BY l.position DESC LIMIT 1) l
    WHERE l.xmin = pg_current_xact_id_if_assigned()::xid AND l.account_id = account AND l.kind = 'text';
    IF recorded IS NULL THEN
        RAISE SQLSTATE 'RD004' USING MESSAGE = 'the ledger must record the cut in the same transaction';
    END IF;
    WITH wanted AS MATERIALIZED (
        SELECT i.value::bigint AS id, array_agg(c.key) AS columns
        FROM jsonb_each(recorded) c CROSS JOIN LATERAL jsonb_array_elements_text(c.value) AS i (value)
        GROUP BY 1
    ), cut AS (
        UPDATE tracking.activities a
        SET {% for column in scrubbed %}{{ column }} = CASE
                WHEN '{{ column[1:-1] }}' = ANY(w.columns) AND (digests IS NULL OR redaction.digest_text(a.{{ column }}, keys) = ANY(digests))
                THEN redaction.cut_contacts(a.{{ column }}) ELSE a.{{ column }} END,
            {% endfor %}

            call_path = CASE WHEN 'call_path' = ANY(w.columns) THEN redaction.cut_routes(account, a.call_path, digests)
                             ELSE a.call_path END
        FROM wanted w
        CROSS JOIN LATERAL (
            -- The OFFSET keeps this as a look-up by key.
            SELECT called_at FROM tracking.activity_identity WHERE account_id = account AND id = w.id OFFSET 0
        ) i
        WHERE a.account_id = account AND a.called_at = i.called_at AND a.id = w.id
        RETURNING a.tableoid, a.called_at
    ), residue AS (
        INSERT INTO redaction.residue AS r (partition_name, rows)
        SELECT left(c.relname, -5), count(*) FROM cut JOIN pg_class c ON c.oid = cut.tableoid GROUP BY 1
        ON CONFLICT (partition_name) DO UPDATE SET rows = r.rows + excluded.rows
    ), marked AS (
        INSERT INTO reporting.stale_days (account_id, day)
        SELECT DISTINCT account, (c.called_at AT TIME ZONE t.timezone)::date
        FROM cut c JOIN tracking.accounts t ON t.id = account
        ORDER BY 1, 2
        ON CONFLICT (account_id, day) DO UPDATE SET day = excluded.day
    )
    SELECT count(*) INTO done FROM cut;
    RETURN done;
END
$body$;

-- Returns, for some accounts (NULL: for all), the digests of the texts to cut, with the keys of the account; for the
-- loader.
DROP FUNCTION IF EXISTS tracking.list_cut_texts(bigint[]);
CREATE FUNCTION tracking.list_cut_texts(accounts bigint[]) RETURNS TABLE (account_id bigint, digest bytea, key bytea)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
    SELECT d.account_id, d.digest, k.key
    FROM redaction.text_decisions d JOIN redaction.text_keys k ON k.account_id = d.account_id
    WHERE d.decision = 'cut' AND (accounts IS NULL OR d.account_id = ANY(accounts))
    ORDER BY 1, 2
$body$;
{% for function in ("has_address(text)", "may_name_somebody(text, text[])", "cut_contacts(text)", "digest_text(text, bytea)", "own_numbers(bigint)",
    "make_text_key()", "text_key(bigint)", "key_digest(bytea, bytea)",
    "cut_routes(bigint, jsonb, bytea[])", "is_cut_path(jsonb, jsonb)", "cut_texts(bigint, bytea[])") %}
REVOKE ALL ON FUNCTION redaction.{{ function }} FROM PUBLIC;
{% endfor %}
REVOKE ALL ON FUNCTION tracking.list_cut_texts(bigint[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tracking.list_cut_texts(bigint[]) TO redaction_loader;
GRANT EXECUTE ON FUNCTION redaction.has_address(text), redaction.may_name_somebody(text, text[]), redaction.digest_text(text, bytea),
    redaction.key_digest(bytea, bytea), redaction.text_key(bigint), redaction.own_numbers(bigint), redaction.cut_texts(bigint, bytea[]), redaction.find_facts(text), redaction.fold_text(text),
    redaction.decode_text(text), redaction.decode_octets(bytea, text), redaction.decode_word(text), redaction.spell_out(text),
    redaction.has_document(text, text[]), redaction.read_number(text), redaction.number_spellings(text), redaction.repair_text(text), redaction.read_damaged(text), redaction.read_as_meant(text) TO redaction_worker;
