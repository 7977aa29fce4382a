-- name: copy_pages(relation, blocks)
-- Returns pages of a relation of ours, from the server's buffers or its file, in binary COPY format, so that no value
-- is written out as text; NULL if the file is gone.
COPY (
    SELECT unnest(redaction.read_pages(CAST(CAST(:relation AS regclass) AS oid), CAST(:blocks AS bigint[])))
) TO STDOUT (FORMAT binary)
