-- name: send_report_rows()
-- Copies out what this connection has counted. It is text, so that a broken copy is an error only of the sender.
COPY report_rows TO STDOUT
