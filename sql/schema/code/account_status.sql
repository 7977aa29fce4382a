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
    found record;
    held bigint[] := ARRAY(
        SELECT DISTINCT h.account_id FROM redaction.holds h
        WHERE h.released_at IS NULL AND h.account_id = ANY(list_account_status.account_ids)
    );
    wanted text;
    -- A row of the pass costs a thirtieth of a look-up.
    sparse text[];
    unredacted text;
    has_any boolean;
    few constant real := 30.0 * cardinality(account_ids);
    oldests timestamptz[] := array_fill(NULL::timestamptz, ARRAY[cardinality(account_ids)]);
    sinces timestamptz[] := oldests;
    dues bigint[] := array_fill(0::bigint, ARRAY[cardinality(account_ids)]);
    overdues bigint[] := array_fill(0::bigint, ARRAY[cardinality(account_ids)]);
BEGIN
    IF held = '{}' AND cardinality(account_ids) > 1 THEN
        SELECT array_agg(p.leaf_name), string_agg(
            format('SELECT account_id, called_at FROM tracking.%I WHERE redacted_at IS NULL', p.leaf_name), ' UNION ALL '
        ) INTO sparse, unredacted
        FROM redaction.partitions p JOIN pg_class c ON c.oid = format('tracking.%I', p.leaf_name)::regclass
        WHERE c.reltuples BETWEEN 0 AND few AND NOT p.is_default
          AND p.ends <= (SELECT min(u.at) FROM unnest(cutoffs || missed) AS u (at));
    END IF;
    IF unredacted IS NOT NULL THEN
        FOR found IN EXECUTE format($sql$
            SELECT t.place, a.oldest, CASE WHEN t.cutoff IS NULL THEN 0 ELSE a.due END AS due,
                   CASE WHEN least(t.cutoff, t.missed) IS NULL OR t.missed IS NULL THEN 0 ELSE a.due END AS overdue
            FROM (
                SELECT account_id, min(called_at) AS oldest, count(*) AS due FROM (%s) l GROUP BY account_id
            ) a
            JOIN unnest($1, $2, $3) WITH ORDINALITY AS t (id, cutoff, missed, place) ON t.id = a.account_id
        $sql$, unredacted) USING account_ids, cutoffs, missed
        LOOP
            oldests[found.place] := found.oldest;
            sinces[found.place] := CASE WHEN found.due > 0 THEN found.oldest END;
            dues[found.place] := least(found.due, most);
            overdues[found.place] := least(found.overdue, most);
        END LOOP;
    END IF;
    FOR part IN
        SELECT p.leaf_name FROM redaction.living_partitions p
        WHERE sparse IS NULL OR p.leaf_name <> ALL(sparse) ORDER BY p.is_default, p.starts
    LOOP
        -- Most old leaves are empty, and so are those of weeks ahead.
        EXECUTE format('SELECT EXISTS (SELECT FROM tracking.%I WHERE redacted_at IS NULL)', part.leaf_name) INTO has_any;
        CONTINUE WHEN NOT has_any;
        FOREACH wanted IN ARRAY ARRAY['(t.id = ANY($6)) IS NOT TRUE', 't.id = ANY($6)'] LOOP
            CONTINUE WHEN wanted = 't.id = ANY($6)' AND held = '{}';
            FOR found IN EXECUTE format($sql$
                SELECT t.place, o.called_at AS oldest, d.since, coalesce(d.due, 0) AS due, coalesce(d.overdue, 0) AS overdue
                FROM unnest($1, $2, $3, $4) WITH ORDINALITY AS t (id, cutoff, missed, counted, place)
                CROSS JOIN LATERAL (
                    SELECT a.called_at FROM tracking.%I a
                    WHERE a.account_id = t.id AND a.redacted_at IS NULL ORDER BY a.called_at LIMIT 1
                ) o
                LEFT JOIN LATERAL (
                    SELECT min(l.called_at) AS since, count(*) AS due, count(*) FILTER (WHERE l.called_at < t.missed) AS overdue
                    FROM (
                        SELECT a.called_at FROM tracking.%I a
                        WHERE a.account_id = t.id AND a.called_at < t.cutoff AND a.redacted_at IS NULL %s
                        ORDER BY a.called_at LIMIT $5
                    ) l
                ) d ON o.called_at < t.cutoff AND t.counted < $5
                WHERE %s
            $sql$, part.leaf_name, part.leaf_name,
                CASE WHEN wanted = 't.id = ANY($6)' THEN
                    $held$AND NOT {% with account = "t.id" %}{% include "select/_held.sql" %}{% endwith %}$held$
                ELSE '' END,
                wanted
            ) USING account_ids, cutoffs, missed, dues, most, held
            LOOP
                oldests[found.place] := least(oldests[found.place], found.oldest);
                sinces[found.place] := least(sinces[found.place], found.since);
                dues[found.place] := least(dues[found.place] + found.due, most);
                overdues[found.place] := least(overdues[found.place] + found.overdue, most);
            END LOOP;
        END LOOP;
    END LOOP;
    RETURN QUERY SELECT * FROM unnest(account_ids, oldests, sinces, dues, overdues);
END
$body$;
REVOKE ALL ON FUNCTION redaction.list_account_status(bigint[], timestamptz[], timestamptz[], integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION redaction.list_account_status(bigint[], timestamptz[], timestamptz[], integer) TO redaction_worker;
