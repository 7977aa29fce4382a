-- name: page_access()
-- Returns whether pages are read through the server's buffers; nothing if they are not of the size that is known here.
SELECT redaction.page_extension() IS NOT NULL AS through_buffers
WHERE CAST(current_setting('block_size') AS integer) = 8192
