-- name: server_encoding()
-- Returns the encoding of this database's texts.
SELECT current_setting('server_encoding') AS encoding
