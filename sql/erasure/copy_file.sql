-- name: copy_file(path, size, step)
-- Returns a listed file piece by piece, in binary COPY format; NULL if it is gone.
COPY (
    SELECT redaction.read_server_file(:path, piece.starts, :step)
    FROM generate_series(0, greatest(CAST(:size AS bigint) - 1, 0), CAST(:step AS bigint)) AS piece (starts)
    ORDER BY piece.starts
) TO STDOUT (FORMAT binary)
