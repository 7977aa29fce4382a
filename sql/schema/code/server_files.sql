-- name: server_files()
-- What the proof by sample reads of the server, with the rights of the owner and only for the worker: pages of our own
-- tables and indexes, the write-ahead log, temporary files, and files that our tables have left. A caller can read
-- nothing else: they name a relation or a file that was listed here, and each is checked again.

-- Says whether this is a table of ours, the planner's statistics, or a TOAST table or an index of one of these.
CREATE OR REPLACE FUNCTION redaction.is_our_relation(relation oid) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $body$
    WITH heap AS (
        SELECT coalesce(i.indrelid, c.oid) AS oid
        FROM pg_class c LEFT JOIN pg_index i ON i.indexrelid = c.oid
        WHERE c.oid = relation AND c.relkind IN ('r', 't', 'i')
    ), base AS (
        SELECT oid FROM heap
        UNION ALL
        SELECT c.oid FROM pg_class c JOIN heap h ON c.reltoastrelid = h.oid
    )
    SELECT EXISTS (
        SELECT FROM base b JOIN pg_class c ON c.oid = b.oid JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind = 'r' AND (
            n.nspname IN ('tracking', 'redaction', 'reporting')
            OR c.oid IN ('pg_catalog.pg_statistic'::regclass, 'pg_catalog.pg_statistic_ext_data'::regclass)
        )
    )
$body$;
REVOKE ALL ON FUNCTION redaction.is_our_relation(oid) FROM PUBLIC;

CREATE OR REPLACE FUNCTION redaction.require_our_relation(relation oid) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
    IF redaction.is_our_relation(relation) IS NOT TRUE THEN
        RAISE insufficient_privilege USING MESSAGE = 'this relation is none of the redaction schemas';
    END IF;
END
$body$;
REVOKE ALL ON FUNCTION redaction.require_our_relation(oid) FROM PUBLIC;

-- The schema of pageinspect, whose functions are for superusers: NULL unless the owner is one.
CREATE OR REPLACE FUNCTION redaction.page_extension() RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
    SELECT quote_ident(n.nspname) FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
    WHERE e.extname = 'pageinspect' AND (SELECT r.rolsuper FROM pg_roles r WHERE r.rolname = current_user)
$body$;
REVOKE ALL ON FUNCTION redaction.page_extension() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION redaction.page_extension() TO redaction_worker;

-- Pages of a relation of ours, in the order of the named blocks; through the buffers if that is allowed, else from its
-- file, NULL if that is gone. One array: rows in a set would be spilled to a temporary file.
CREATE OR REPLACE FUNCTION redaction.read_pages(relation oid, blocks bigint[]) RETURNS bytea[]
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
    extension text := redaction.page_extension();
    segment_blocks bigint;
    path text;
    pages bytea[];
BEGIN
    PERFORM redaction.require_our_relation(relation);
    IF cardinality(blocks) > 512 THEN
        RAISE invalid_parameter_value USING MESSAGE = 'at most 512 pages are read at a time';
    END IF;
    IF extension IS NOT NULL THEN
        EXECUTE format('SELECT ARRAY(SELECT %s.get_raw_page($1, ''main'', asked.block) FROM unnest($2) AS asked (block))', extension)
        INTO pages USING relation::regclass::text, blocks;
        RETURN pages;
    END IF;
    path := pg_relation_filepath(relation);
    segment_blocks := (SELECT setting::bigint FROM pg_settings WHERE name = 'segment_size');
    RETURN ARRAY(
        SELECT pg_read_binary_file(
            CASE WHEN asked.block < segment_blocks THEN path ELSE path || '.' || asked.block / segment_blocks END,
            asked.block % segment_blocks * 8192, 8192, true
        )
        FROM unnest(blocks) AS asked (block)
    );
END
$body$;
REVOKE ALL ON FUNCTION redaction.read_pages(oid, bigint[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION redaction.read_pages(oid, bigint[]) TO redaction_worker;

-- Says whether a file may be read: segments of the log, temporary files of statements, and files of this database that
-- no other relation has, which our tables had before a rewrite. No path leaves its folder.
CREATE OR REPLACE FUNCTION redaction.is_readable_file(path text) RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
    place text[];
    owner_of_file oid;
BEGIN
    IF path ~ '^pg_wal/[0-9A-F]{24}(\.[0-9A-Za-z]+)*$'
        OR path ~ '^(base|pg_tblspc/[0-9]+/PG_[0-9A-Za-z_]+)/pgsql_tmp/[0-9A-Za-z_]+(\.[0-9A-Za-z_]+)*(/[0-9A-Za-z_]+(\.[0-9A-Za-z_]+)*)?$'
    THEN
        RETURN true;
    END IF;
    place := regexp_match(path, '^(?:base|pg_tblspc/([0-9]{1,10})/PG_[0-9A-Za-z_]+)/([0-9]{1,10})/([0-9]{1,10})(?:\.[0-9]+)?$');
    IF place IS NULL OR place[2]::bigint <> (SELECT d.oid FROM pg_database d WHERE d.datname = current_database()) THEN
        RETURN false;
    END IF;
    owner_of_file := pg_filenode_relation(coalesce(place[1], '0')::oid, place[3]::oid);
    RETURN owner_of_file IS NULL OR redaction.is_our_relation(owner_of_file);
END
$body$;
REVOKE ALL ON FUNCTION redaction.is_readable_file(text) FROM PUBLIC;

-- A piece of such a file; NULL if it is gone.
CREATE OR REPLACE FUNCTION redaction.read_server_file(path text, starts bigint, length bigint) RETURNS bytea
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
    IF redaction.is_readable_file(path) IS NOT TRUE THEN
        RAISE insufficient_privilege USING MESSAGE = 'a proof does not read this file';
    END IF;
    IF starts < 0 OR length NOT BETWEEN 1 AND 16777216 THEN
        RAISE invalid_parameter_value USING MESSAGE = 'a piece has at most 16 MB';
    END IF;
    RETURN pg_read_binary_file(path, starts, length, true);
END
$body$;
REVOKE ALL ON FUNCTION redaction.read_server_file(text, bigint, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION redaction.read_server_file(text, bigint, bigint) TO redaction_worker;

-- Which of these files still exist, and their size in bytes.
CREATE OR REPLACE FUNCTION redaction.sizes_of_files(paths text[]) RETURNS TABLE (path text, size bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
    SELECT asked.path, stat.size
    FROM unnest(paths) AS asked (path) CROSS JOIN LATERAL pg_stat_file(asked.path, true) AS stat
    WHERE redaction.is_readable_file(asked.path) AND stat.size IS NOT NULL
$body$;
REVOKE ALL ON FUNCTION redaction.sizes_of_files(text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION redaction.sizes_of_files(text[]) TO redaction_worker;

-- The temporary files of running statements, in every tablespace of this version, shared ones too.
CREATE OR REPLACE FUNCTION redaction.list_temporary_files() RETURNS TABLE (path text, size bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
    SELECT file.path, coalesce(stat.size, 0)
    FROM (
        SELECT 'base/pgsql_tmp' AS path
        UNION ALL
        SELECT 'pg_tblspc/' || space.name || '/' || version.name || '/pgsql_tmp'
        FROM pg_ls_dir('pg_tblspc', true, false) AS space (name)
        CROSS JOIN LATERAL pg_ls_dir('pg_tblspc/' || space.name, true, false) AS version (name)
        WHERE version.name LIKE 'PG\_' || split_part(current_setting('server_version'), '.', 1) || '\_%'
    ) folder
    CROSS JOIN LATERAL pg_ls_dir(folder.path, true, false) AS entry (name)
    CROSS JOIN LATERAL (
        SELECT folder.path || '/' || entry.name AS path
        UNION ALL
        SELECT folder.path || '/' || entry.name || '/' || member.name
        FROM pg_ls_dir(
            CASE WHEN (pg_stat_file(folder.path || '/' || entry.name, true)).isdir
                 THEN folder.path || '/' || entry.name ELSE folder.path || '/none' END, true, false
        ) AS member (name)
    ) file
    CROSS JOIN LATERAL pg_stat_file(file.path, true) AS stat
    WHERE NOT stat.isdir
$body$;
REVOKE ALL ON FUNCTION redaction.list_temporary_files() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION redaction.list_temporary_files() TO redaction_worker;

-- The segments of the write-ahead log that are on disk, also those renamed for later use.
CREATE OR REPLACE FUNCTION redaction.list_log() RETURNS TABLE (name text, size bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
    SELECT w.name, w.size FROM pg_ls_waldir() w WHERE w.name ~ '^[0-9A-F]{24}'
$body$;
REVOKE ALL ON FUNCTION redaction.list_log() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION redaction.list_log() TO redaction_worker;

-- Starts a new segment of the log, and writes everything out, after which the segments before it can be removed.
CREATE OR REPLACE FUNCTION redaction.switch_log() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
    PERFORM pg_switch_wal();
END
$body$;
CREATE OR REPLACE FUNCTION redaction.write_checkpoint() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
    CHECKPOINT;
END
$body$;
-- The server's data directory, to ask for its free space on the same machine.
CREATE OR REPLACE FUNCTION redaction.data_directory() RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
    RETURN current_setting('data_directory');
END
$body$;
REVOKE ALL ON FUNCTION redaction.switch_log(), redaction.write_checkpoint(), redaction.data_directory() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION redaction.switch_log(), redaction.write_checkpoint(), redaction.data_directory()
    TO redaction_worker;

-- The content of the planner's statistics about our tables, as text in the server's own encoding.
CREATE OR REPLACE FUNCTION redaction.shown_statistics() RETURNS SETOF bytea
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
    SELECT convert_to(concat_ws(E'\n', most_common_vals, histogram_bounds, most_common_elems), getdatabaseencoding())
    FROM pg_stats WHERE schemaname IN ('tracking', 'redaction', 'reporting')
$body$;
REVOKE ALL ON FUNCTION redaction.shown_statistics() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION redaction.shown_statistics() TO redaction_worker;
