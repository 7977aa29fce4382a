-- name: places()
-- The other tables with personal values, as the catalog declares them: every value that is removed from them is
-- recorded as residue of their files, and a rewrite erases it.

-- The files of a table: its heap, its TOAST table, and every index of either.
CREATE OR REPLACE FUNCTION redaction.place_files(place regclass) RETURNS bigint[]
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $body$
    WITH tables AS (
        SELECT c.oid FROM pg_class c WHERE c.oid = place_files.place
        UNION ALL
        SELECT c.reltoastrelid FROM pg_class c WHERE c.oid = place_files.place AND c.reltoastrelid <> 0
    )
    SELECT coalesce(array_agg(pg_relation_filenode(f.oid)::bigint ORDER BY f.oid), '{}')
    FROM (
        SELECT oid FROM tables
        UNION ALL
        SELECT i.indexrelid FROM pg_index i JOIN tables t ON t.oid = i.indrelid
    ) f
$body$;
REVOKE ALL ON FUNCTION redaction.place_files(regclass) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION redaction.place_files(regclass) TO redaction_worker;

-- A value is gone when a statement has deleted or replaced it; in a column whose values several rows share, when no row
-- of the account has it any more. A value that a rebuild writes again unchanged is no residue.
{% for place in places %}
CREATE OR REPLACE FUNCTION redaction.note_gone_{{ place.suffix }}() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
    account bigint;
    gone bigint;
BEGIN
    {% with tables = [place.table], operations = ["DELETE", "UPDATE"], timing = "AFTER", level = "STATEMENT" %}{% include "database/_fired_on.sql" %}{% endwith %}

    -- Account by account, so that an index finds the rows of one account, whatever else the table holds.
    FOR account IN SELECT DISTINCT {{ place.account }} FROM removed LOOP
        {% for op in ("DELETE", "UPDATE") %}
        IF TG_OP = '{{ op }}' THEN
            gone := 0
            {% for column in place.columns %}
                + (
                    SELECT count(*)
                    FROM (
                        SELECT r.{{ column.quoted }} AS value FROM removed r
                        WHERE r.{{ column.quoted }} IS NOT NULL AND {{ place.account }} IS NOT DISTINCT FROM account
                        {% if op == "UPDATE" %}
                        EXCEPT
                        SELECT w.{{ column.quoted }} FROM written w WHERE {{ place.account }} IS NOT DISTINCT FROM account
                        {% endif %}
                    ) v
                    {% if column.shared %}
                    WHERE NOT EXISTS (
                        SELECT FROM {{ place.table }} t
                        WHERE {{ "t.account_id = account AND " if place.account == "account_id" }}t.{{ column.quoted }} = v.value
                    )
                    {% endif %}
                )
            {% endfor %};
        END IF;
        {% endfor %}
        IF gone > 0 THEN
            INSERT INTO redaction.place_residue (place, account_id, rows, filenodes)
            VALUES ('{{ place.table }}', account, gone, redaction.place_files('{{ place.table }}'::regclass));
        END IF;
    END LOOP;
    RETURN NULL;
END
$body$;
REVOKE ALL ON FUNCTION redaction.note_gone_{{ place.suffix }}() FROM PUBLIC;
CREATE OR REPLACE TRIGGER note_deleted AFTER DELETE ON {{ place.table }}
    REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION redaction.note_gone_{{ place.suffix }}();
CREATE OR REPLACE TRIGGER note_updated AFTER UPDATE ON {{ place.table }}
    REFERENCING OLD TABLE AS removed NEW TABLE AS written FOR EACH STATEMENT
    EXECUTE FUNCTION redaction.note_gone_{{ place.suffix }}();
{% endfor %}

-- Rewrites such a table with its indexes, without the removed values; readers and writers of the table wait meanwhile.
-- All in one transaction: if somebody could still see a removed row, the server keeps it in the new files, and
-- everything is left as it was (lock_not_available). relfrozenxid of a rewrite says up to which transaction nobody
-- could. https://www.postgresql.org/docs/current/sql-cluster.html
CREATE OR REPLACE FUNCTION redaction.rewrite_place(place text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET maintenance_work_mem = '256MB' AS $body$
DECLARE
    target regclass;
    by_index name;
    newest xid8;
BEGIN
    IF rewrite_place.place <> ALL(ARRAY[{% for place in places %}'{{ place.table }}'{{ ", " if not loop.last }}{% endfor %}]) THEN
        RAISE SQLSTATE 'RD007' USING MESSAGE = 'this is not one of the other tables with personal values';
    END IF;
    target := rewrite_place.place::regclass;
    EXECUTE format('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE', target);
    SELECT r.deleted_by INTO newest FROM redaction.place_residue r
    -- A database that was restored from a dump has transaction numbers of another server, whose files are not here.
    WHERE r.place = rewrite_place.place AND r.erased_at IS NULL AND r.deleted_by < pg_snapshot_xmax(pg_current_snapshot())
    ORDER BY r.deleted_by DESC LIMIT 1;
    SELECT c.relname INTO STRICT by_index
    FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am m ON m.oid = c.relam
    WHERE i.indrelid = target AND i.indisvalid AND i.indpred IS NULL AND m.amname = 'btree'
    ORDER BY NOT i.indisprimary, i.indexrelid LIMIT 1;
    EXECUTE format('CLUSTER %s USING %I', target, by_index);
    EXECUTE format('ALTER TABLE %s SET WITHOUT CLUSTER', target);
    IF (SELECT age(c.relfrozenxid) >= age(newest::xid) FROM pg_class c WHERE c.oid = target) THEN
        RAISE lock_not_available USING MESSAGE = 'somebody can still see a row that went';
    END IF;
    UPDATE redaction.place_residue r SET erased_at = clock_timestamp(), lsn = pg_current_wal_insert_lsn()
    WHERE r.place = rewrite_place.place AND r.erased_at IS NULL;
END
$body$;

-- Records that a value which should be gone was found in the files of such a table.
CREATE OR REPLACE FUNCTION redaction.list_place_as_residue(place text, remains bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
    IF list_place_as_residue.place <> ALL(ARRAY[{% for place in places %}'{{ place.table }}'{{ ", " if not loop.last }}{% endfor %}]) THEN
        RAISE SQLSTATE 'RD007' USING MESSAGE = 'this is not one of the other tables with personal values';
    END IF;
    INSERT INTO redaction.place_residue (place, rows, filenodes)
    VALUES (list_place_as_residue.place, remains, redaction.place_files(list_place_as_residue.place::regclass));
END
$body$;
REVOKE ALL ON FUNCTION redaction.rewrite_place(text), redaction.list_place_as_residue(text, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION redaction.rewrite_place(text), redaction.list_place_as_residue(text, bigint) TO redaction_worker;

-- Forgets what has been erased for 90 days and is clean for good: its table was rewritten, pg_statistic too since, and
-- no segment of the log is from before. No level of a run depends on such a row any more, since each look at it would
-- find nothing; until then it shows the table among the clean ones. Returns the number of rows.
CREATE OR REPLACE FUNCTION redaction.forget_erased_places() RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
    WITH forgotten AS (
        DELETE FROM redaction.place_residue r
        WHERE r.erased_at < now() - interval '90 days'
          AND EXISTS (SELECT FROM redaction.statistics_rewrites w WHERE w.lsn >= r.lsn)
          AND substring(pg_walfile_name(r.lsn), 9)
              < (SELECT min(substring(w.name, 9)) FROM pg_ls_waldir() w WHERE w.name ~ '^[0-9A-F]{24}$')
        RETURNING 1
    )
    SELECT count(*) FROM forgotten
$body$;
REVOKE ALL ON FUNCTION redaction.forget_erased_places() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION redaction.forget_erased_places() TO redaction_worker;
