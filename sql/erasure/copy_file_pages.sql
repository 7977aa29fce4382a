-- name: copy_file_pages(path, segment_blocks, blocks)
-- Returns pages as they are in the files of a relation, in binary COPY format; NULL where the file is gone.
COPY (
    SELECT pg_read_binary_file(
        CASE WHEN asked.block < :segment_blocks THEN :path
             ELSE :path || '.' || asked.block / :segment_blocks END,
        asked.block % :segment_blocks * 8192, 8192, true
    )
    FROM unnest(CAST(:blocks AS bigint[])) WITH ORDINALITY AS asked (block, place)
    ORDER BY asked.place
) TO STDOUT (FORMAT binary)
