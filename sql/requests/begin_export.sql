-- name: begin_export(request_id, name, made_by, hours)
-- Starts a file that answers a request; it is kept for some hours. Returns its id.
INSERT INTO redaction.request_exports (request_id, name, made_by, expires_at)
VALUES (:request_id, :name, :made_by, clock_timestamp() + make_interval(hours => :hours))
RETURNING id
