-- name: send_report_rows()
-- Copies what this connection has counted out. As text: what breaks off is an error of who sends it alone.
COPY report_rows TO STDOUT
