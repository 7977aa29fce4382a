-- name: select()
-- Fixes the set of a run: every aged activity of the account at this moment, and nothing that arrives later. Leaf by leaf,
-- since a plan for all of them at once sorts all ids; in REPEATABLE READ, so that a row that moves meanwhile is met once.
-- Without holds on the account the index alone is read, with them the rows.
-- Count and digest go into the record of the run; equal sets have equal digests in any order. Returns the count.
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
    wanted text;
BEGIN
    IF EXISTS (SELECT FROM redaction.holds h WHERE h.account_id = account AND h.released_at IS NULL) THEN
        wanted := $sql${% with account = "$1", cutoff = "$2" %}{% include "redact/_aged.sql" %}{% endwith %}$sql$;
    ELSE
        wanted := $sql${% with account = "$1", cutoff = "$2", holds = false %}{% include "redact/_aged.sql" %}{% endwith %}$sql$;
    END IF;
    IF current_setting('transaction_isolation') <> 'repeatable read' THEN
        RAISE object_not_in_prerequisite_state USING MESSAGE = 'a set is selected in a transaction that is REPEATABLE READ';
    END IF;
    FOR part IN
        SELECT p.partition_name, p.leaf_name FROM redaction.partitions p
        WHERE p.starts < cutoff ORDER BY p.partition_name
    LOOP
        FOR days IN EXECUTE format($sql$
            SELECT (a.called_at AT TIME ZONE $3)::date AS day, array_agg(a.id) AS ids,
                   sum(hash_record_extended(ROW(a.account_id, a.id), 0)) AS digest
            FROM tracking.%I a
            WHERE %s
            GROUP BY 1
        $sql$, part.leaf_name, wanted) USING account, cutoff, zone
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
