-- name: server_encoding()
-- Returns in which encoding the server keeps the texts of this database.
SELECT current_setting('server_encoding') AS encoding
