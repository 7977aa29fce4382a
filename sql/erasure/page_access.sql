-- name: page_access()
-- Returns whether pages are read through the server's buffers; no row for an unknown page size.
SELECT redaction.page_extension() IS NOT NULL AS through_buffers
WHERE CAST(current_setting('block_size') AS integer) = 8192
