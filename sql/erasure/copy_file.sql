-- name: copy_file(path, size, step)
-- Returns a file of the server piece by piece, in binary COPY format; NULL if it is gone.
COPY (
    SELECT pg_read_binary_file(:path, piece.starts, :step, true)
    FROM generate_series(0, greatest(CAST(:size AS bigint) - 1, 0), CAST(:step AS bigint)) AS piece (starts)
    ORDER BY piece.starts
) TO STDOUT (FORMAT binary)
