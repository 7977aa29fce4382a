-- name: select()
-- The holds in force on a leaf: all of the account, or these ids, found by index. It agrees with `_held.sql`, for a
-- whole leaf at once; a test compares the two. It uses the snapshot that reads the rows.
DROP FUNCTION IF EXISTS redaction.find_held(text, bigint);
CREATE FUNCTION redaction.find_held(leaf_name text, account bigint, OUT everything boolean, OUT ids bigint[])
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET enable_seqscan = off AS $body$
DECLARE
    contacts text[] := ARRAY(SELECT h.contact_key FROM tracking.held_contacts h WHERE h.account_id = account);
    found bigint[];
BEGIN
    SELECT coalesce(bool_or(h.scope = 'account'), false) INTO everything
    FROM redaction.holds h WHERE h.account_id = account AND h.released_at IS NULL;
    ids := ARRAY(SELECT h.activity_id FROM redaction.held_activities h WHERE h.account_id = account);
    IF contacts <> '{}' THEN
        EXECUTE format($sql$
            SELECT array_agg(a.id) FROM tracking.%I a
            WHERE a.account_id = $1 AND a.redacted_at IS NULL
              AND (a.contact_key = ANY($2) OR a.contact_keys && $2 OR a.emails && $2)
        $sql$, leaf_name) INTO found USING account, contacts;
        ids := ids || found;
    END IF;
END
$body$;
REVOKE ALL ON FUNCTION redaction.find_held(text, bigint) FROM PUBLIC;

-- The day of an instant in a zone, the end of that day, and whether the clocks stay unchanged until then. If they
-- change, the same day may come twice (St. John's went back at 00:01), and each instant needs its own question.
CREATE OR REPLACE FUNCTION redaction.local_day(
    first timestamptz, zone text, OUT day date, OUT ends timestamptz, OUT is_steady boolean
)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $body$
    SELECT l.at::date, e.ends, CASE WHEN isfinite(first) THEN e.ends - first = (l.at::date + 1)::timestamp - l.at ELSE false END
    FROM (SELECT first AT TIME ZONE zone AS at) l
    CROSS JOIN LATERAL (
        SELECT CASE WHEN isfinite(first)
                    THEN greatest((l.at::date + 1)::timestamp AT TIME ZONE zone, first + interval '1 minute')
                    -- The first possible instant.
                    ELSE '4713-01-01 00:00:00+00 BC'::timestamptz END AS ends
    ) e
$body$;
REVOKE ALL ON FUNCTION redaction.local_day(timestamptz, text) FROM PUBLIC;

{% set has %}EXISTS (SELECT FROM tracking.%I a WHERE {% with account = "$1", cutoff = "$2", holds = false %}{% include "select/_aged.sql" %}{% endwith %}{% endset %}
-- Says whether any activity of the account is aged and not held at this moment. Leaf by leaf, latest first, where most
-- are due; held activities are only looked up in a leaf with aged ones.
CREATE OR REPLACE FUNCTION redaction.has_aged(account bigint, cutoff timestamptz) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET enable_seqscan = off AS $body$
DECLARE
    leaf text;
    found boolean;
    held record;
BEGIN
    FOR leaf IN SELECT p.leaf_name FROM redaction.living_partitions p WHERE p.starts < cutoff ORDER BY p.starts DESC LOOP
        EXECUTE format($sql$ SELECT {{ has }}) $sql$, leaf) INTO found USING account, cutoff;
        CONTINUE WHEN NOT found;
        SELECT * INTO held FROM redaction.find_held(leaf, account);
        EXIT WHEN held.everything;
        EXECUTE format($sql$ SELECT {{ has }} AND a.id <> ALL($3)) $sql$, leaf) INTO found USING account, cutoff, held.ids;
        IF found THEN
            RETURN true;
        END IF;
    END LOOP;
    RETURN false;
END
$body$;
REVOKE ALL ON FUNCTION redaction.has_aged(bigint, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION redaction.has_aged(bigint, timestamptz) TO redaction_worker;

-- How many unredacted activities the account has from an instant on; counting ends at `most`. Leaf by leaf: a statement over
-- the table opens all partitions from then on.
CREATE OR REPLACE FUNCTION redaction.count_later(account bigint, since timestamptz, most bigint) RETURNS bigint
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
    leaf text;
    found bigint;
    later bigint := 0;
BEGIN
    FOR leaf IN SELECT p.leaf_name FROM redaction.living_partitions p WHERE p.ends > since ORDER BY p.starts LOOP
        EXECUTE format($sql$
            SELECT count(*) FROM (
                SELECT FROM tracking.%I a
                WHERE a.account_id = $1 AND a.called_at >= $2 AND a.redacted_at IS NULL LIMIT $3
            ) l
        $sql$, leaf) INTO found USING account, since, most - later;
        later := later + found;
        EXIT WHEN later >= most;
    END LOOP;
    RETURN later;
END
$body$;
REVOKE ALL ON FUNCTION redaction.count_later(bigint, timestamptz, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION redaction.count_later(bigint, timestamptz, bigint) TO redaction_worker;

-- Returns how many aged activities of the account these holds keep. It is a function, so that an account without holds
-- plans nothing for it.
CREATE OR REPLACE FUNCTION redaction.count_kept_by(account bigint, cutoff timestamptz, hold_ids bigint[]) RETURNS bigint
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
    RETURN (
        SELECT count(*) FROM tracking.activities a
        WHERE {% with account = "account", cutoff = "count_kept_by.cutoff", holds = false %}{% include "select/_aged.sql" %}{% endwith %}

          AND {% with account = "account", of = " AND h.hold_id = ANY(hold_ids)" %}{% include "select/_held.sql" %}{% endwith %}

    );
END
$body$;
REVOKE ALL ON FUNCTION redaction.count_kept_by(bigint, timestamptz, bigint[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION redaction.count_kept_by(bigint, timestamptz, bigint[]) TO redaction_worker;

{% set aged %}{% with account = "$1", cutoff = "$2", holds = false %}{% include "select/_aged.sql" %}{% endwith %}{% endset %}
{% set of_span %}{{ aged }} AND a.called_at >= s.first AND a.called_at < s.ends AND a.id <> ALL($4){% endset %}
-- Fixes the set of a run: every aged activity of the account at this moment, and nothing that arrives later. Leaf by
-- leaf, since a plan for all of them at once sorts all ids; in REPEATABLE READ, so that a row that moves meanwhile is
-- read once. Only the index is read, a day at a time, since asking each row for its day takes longer than reading it;
-- held activities are left out by id. Count and digest go into the record of the run; equal sets have equal digests in
-- any order. Returns the count.
CREATE OR REPLACE FUNCTION redaction.select_aged(for_run bigint, account bigint, cutoff timestamptz, batch_size integer)
RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET enable_sort = off SET work_mem = '64MB' AS $body$
DECLARE
    part record;
    zone text := (SELECT timezone FROM tracking.accounts WHERE id = account);
    days record;
    last_number integer := 0;
    selected bigint := 0;
    digested numeric := 0;
    held record;
    earliest timestamptz;
BEGIN
    IF current_setting('transaction_isolation') <> 'repeatable read' THEN
        RAISE SQLSTATE 'RD014' USING MESSAGE = 'a set is selected in a transaction that is REPEATABLE READ';
    END IF;
    IF NOT EXISTS (
        SELECT FROM redaction.runs r
        WHERE r.id = for_run AND r.account_id = account AND r.cutoff = select_aged.cutoff AND r.state = 'selected'
    ) OR EXISTS (SELECT FROM redaction.run_batches b WHERE b.run_id = for_run) THEN
        RAISE SQLSTATE 'RD006' USING MESSAGE = 'a set is selected once, by the account and cutoff of its run';
    END IF;
    FOR part IN
        SELECT p.partition_name, p.leaf_name FROM redaction.living_partitions p
        WHERE p.starts < cutoff ORDER BY p.partition_name
    LOOP
        EXECUTE format($sql$ SELECT min(a.called_at) FROM tracking.%I a WHERE {{ aged }} $sql$, part.leaf_name)
        INTO earliest USING account, cutoff;
        CONTINUE WHEN earliest IS NULL;
        SELECT * INTO held FROM redaction.find_held(part.leaf_name, account);
        EXIT WHEN held.everything;
        FOR days IN EXECUTE format($sql$
            WITH RECURSIVE spans AS (
                SELECT $5 AS first, d.* FROM redaction.local_day($5, $3) d
                UNION ALL
                SELECT n.first, d.*
                FROM spans s
                CROSS JOIN LATERAL (
                    SELECT min(a.called_at) AS first FROM tracking.%1$I a WHERE {{ aged }} AND a.called_at >= s.ends
                ) n
                CROSS JOIN LATERAL redaction.local_day(n.first, $3) d
                WHERE n.first IS NOT NULL
            )
            SELECT x.*
            FROM spans s
            CROSS JOIN LATERAL (
                SELECT s.day, array_agg(a.id) AS ids, {% include "select/_set_digest.sql" %} AS digest
                FROM tracking.%1$I a
                WHERE s.is_steady AND {{ of_span }}
                UNION ALL
                SELECT (a.called_at AT TIME ZONE $3)::date, array_agg(a.id), {% include "select/_set_digest.sql" %}

                FROM tracking.%1$I a
                WHERE NOT s.is_steady AND {{ of_span }}
                GROUP BY 1
            ) x
            WHERE x.ids IS NOT NULL
        $sql$, part.leaf_name)
        USING account, cutoff, zone, held.ids, earliest
        LOOP
            INSERT INTO redaction.run_batches (run_id, number, partition_name, day, activity_ids)
            SELECT for_run, last_number + row_number() OVER (), part.partition_name, days.day,
                   days.ids[s.first:s.first + batch_size - 1]
            FROM generate_series(1, cardinality(days.ids), batch_size) AS s (first);
            last_number := last_number + (cardinality(days.ids) - 1) / batch_size + 1;
            selected := selected + cardinality(days.ids);
            digested := digested + days.digest;
        END LOOP;
    END LOOP;
    UPDATE redaction.runs SET due_count = selected, digest = digested WHERE id = for_run;
    RETURN selected;
END
$body$;
REVOKE ALL ON FUNCTION redaction.select_aged(bigint, bigint, timestamptz, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION redaction.select_aged(bigint, bigint, timestamptz, integer) TO redaction_worker;
