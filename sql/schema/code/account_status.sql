-- name: account_status()
-- The status of accounts, read leaf by leaf from the index of unredacted activities: a look-up for each account in each
-- leaf, and no more rows than are counted. Leaves that end before every cutoff and have only few rows for each of many
-- accounts are counted in one pass. A plan over all partitions at once would open each of them again for each account.
-- The oldest includes held activities; `due` (before the cutoff, the first of them `due_since`) and `overdue` (before
-- `missed`) do not, and end at `most`.
DROP FUNCTION IF EXISTS redaction.list_account_status(bigint[], timestamptz[], timestamptz[], integer);
DROP FUNCTION IF EXISTS redaction.list_standings(bigint[], timestamptz[], timestamptz[], integer);  -- its name in 0.2
CREATE FUNCTION redaction.list_account_status(
    account_ids bigint[], cutoffs timestamptz[], missed timestamptz[], most integer
) RETURNS TABLE (account_id bigint, oldest timestamptz, due_since timestamptz, due bigint, overdue bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET enable_seqscan = off
SET work_mem = '32MB' AS $body$
DECLARE
    part record;
    first constant timestamptz := (SELECT min(u.at) FROM unnest(cutoffs || missed) AS u (at));
    held constant bigint[] := ARRAY(
        SELECT DISTINCT h.account_id FROM redaction.holds h
        WHERE h.released_at IS NULL AND h.account_id = ANY(list_account_status.account_ids)
    );
    -- A row of the pass costs a twentieth of a look-up.
    few constant real := 20.0 * cardinality(account_ids);
    sparse text[];
    unredacted text;
    has_any boolean;
    -- What was found so far is read and returned as arrays: a loop over the rows of a leaf takes as long as the look-ups.
    asked text;
    adds constant text := $sql$
        SELECT array_agg(least(t.oldest, l.oldest) ORDER BY t.place), array_agg(least(t.since, l.since) ORDER BY t.place),
               array_agg(least(t.due + coalesce(l.due, 0), $8) ORDER BY t.place),
               array_agg(least(t.overdue + coalesce(l.overdue, 0), $8) ORDER BY t.place)
        FROM unnest($1, $2, $3, $4, $5, $6, $7)
            WITH ORDINALITY AS t (id, cutoff, missed, oldest, since, due, overdue, place)
        LEFT JOIN LATERAL (%s) l ON true
    $sql$;
    -- Where every row is due, one look-up tells the oldest and the number.
    past constant text := $sql$
        SELECT min(r.called_at) AS oldest, CASE WHEN t.cutoff IS NOT NULL THEN min(r.called_at) END AS since,
               CASE WHEN t.cutoff IS NOT NULL THEN count(*) ELSE 0 END AS due,
               CASE WHEN t.missed IS NOT NULL THEN count(*) ELSE 0 END AS overdue
        FROM (
            SELECT a.called_at FROM tracking.%I a
            WHERE a.account_id = t.id AND a.redacted_at IS NULL AND t.due < $8 AND (t.id = ANY($9)) IS NOT TRUE
            ORDER BY a.called_at LIMIT CASE WHEN t.cutoff IS NULL THEN 1 ELSE $8 END
        ) r
    $sql$;
    partly constant text := $sql$
        SELECT o.called_at AS oldest, d.since, d.due, d.overdue
        FROM (
            SELECT a.called_at FROM tracking.%1$I a
            WHERE a.account_id = t.id AND a.redacted_at IS NULL AND %3$s ORDER BY a.called_at LIMIT 1
        ) o
        LEFT JOIN LATERAL (
            SELECT min(r.called_at) AS since, count(*) AS due, count(*) FILTER (WHERE r.called_at < t.missed) AS overdue
            FROM (
                SELECT a.called_at FROM tracking.%1$I a
                WHERE a.account_id = t.id AND a.called_at < t.cutoff AND a.redacted_at IS NULL %2$s
                ORDER BY a.called_at LIMIT $8
            ) r
        ) d ON o.called_at < t.cutoff AND t.due < $8
    $sql$;
    oldests timestamptz[] := array_fill(NULL::timestamptz, ARRAY[cardinality(account_ids)]);
    sinces timestamptz[] := oldests;
    dues bigint[] := array_fill(0::bigint, ARRAY[cardinality(account_ids)]);
    overdues bigint[] := dues;
BEGIN
    IF held = '{}' AND cardinality(account_ids) > 1 THEN
        SELECT array_agg(p.leaf_name), string_agg(
            format('SELECT account_id, called_at FROM tracking.%I WHERE redacted_at IS NULL', p.leaf_name), ' UNION ALL '
        ) INTO sparse, unredacted
        FROM redaction.partitions p JOIN pg_class c ON c.oid = format('tracking.%I', p.leaf_name)::regclass
        WHERE c.reltuples BETWEEN 0 AND few AND NOT p.is_default AND p.ends <= first;
    END IF;
    IF unredacted IS NOT NULL THEN
        EXECUTE format($sql$
            SELECT array_agg(a.oldest ORDER BY t.place),
                   array_agg(CASE WHEN t.cutoff IS NOT NULL THEN a.oldest END ORDER BY t.place),
                   array_agg(CASE WHEN t.cutoff IS NOT NULL THEN least(coalesce(a.due, 0), $4) ELSE 0 END ORDER BY t.place),
                   array_agg(CASE WHEN t.missed IS NOT NULL THEN least(coalesce(a.due, 0), $4) ELSE 0 END ORDER BY t.place)
            FROM unnest($1, $2, $3) WITH ORDINALITY AS t (id, cutoff, missed, place)
            LEFT JOIN (
                SELECT account_id, min(called_at) AS oldest, count(*) AS due FROM (%s) l GROUP BY account_id
            ) a ON a.account_id = t.id
        $sql$, unredacted) INTO oldests, sinces, dues, overdues USING account_ids, cutoffs, missed, most;
    END IF;
    FOR part IN
        SELECT p.leaf_name, NOT p.is_default AND p.ends <= first AS is_past FROM redaction.living_partitions p
        WHERE sparse IS NULL OR p.leaf_name <> ALL(sparse) ORDER BY p.is_default, p.starts
    LOOP
        -- Most old leaves are empty, and so are those of weeks ahead.
        EXECUTE format('SELECT EXISTS (SELECT FROM tracking.%I WHERE redacted_at IS NULL)', part.leaf_name) INTO has_any;
        CONTINUE WHEN NOT has_any;
        FOREACH asked IN ARRAY ARRAY[
            CASE WHEN part.is_past THEN format(past, part.leaf_name)
            ELSE format(partly, part.leaf_name, '', '(t.id = ANY($9)) IS NOT TRUE') END,
            CASE WHEN held <> '{}' THEN format(
                partly, part.leaf_name,
                $held$AND NOT {% with account = "t.id" %}{% include "select/_held.sql" %}{% endwith %}$held$, 't.id = ANY($9)'
            ) END
        ] LOOP
            IF asked IS NOT NULL THEN
                EXECUTE format(adds, asked) INTO oldests, sinces, dues, overdues
                USING account_ids, cutoffs, missed, oldests, sinces, dues, overdues, most, held;
            END IF;
        END LOOP;
    END LOOP;
    RETURN QUERY SELECT * FROM unnest(account_ids, oldests, sinces, dues, overdues);
END
$body$;
REVOKE ALL ON FUNCTION redaction.list_account_status(bigint[], timestamptz[], timestamptz[], integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION redaction.list_account_status(bigint[], timestamptz[], timestamptz[], integer) TO redaction_worker;
