-- name: receive_report_rows()
-- Adds what another connection has counted to what this one has.
COPY report_rows FROM STDIN
