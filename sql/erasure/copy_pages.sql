-- name: copy_pages(relation, blocks)
-- Returns pages as they are in the server's buffers, in binary COPY format, so that no value is written out as text.
COPY (
    SELECT get_raw_page(CAST(CAST(:relation AS regclass) AS text), 'main', asked.block)
    FROM unnest(CAST(:blocks AS bigint[])) WITH ORDINALITY AS asked (block, place)
    ORDER BY asked.place
) TO STDOUT (FORMAT binary)
