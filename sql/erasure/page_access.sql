-- name: page_access()
-- Returns how pages may be read: the schema of pageinspect if its functions may be called (superusers only), and the
-- blocks of a file before the next one begins; nothing if the pages are not of the size that is known here.
SELECT (SELECT quote_ident(n.nspname) FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
        WHERE e.extname = 'pageinspect' AND current_setting('is_superuser')::boolean) AS pageinspect,
       (SELECT CAST(setting AS bigint) FROM pg_settings WHERE name = 'segment_size') AS segment_blocks
WHERE CAST(current_setting('block_size') AS integer) = 8192
