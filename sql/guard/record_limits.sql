-- name: record_limits(limits)
-- Stores the limits of the guard (`limits: ` and JSON) where every process of the deployment reads them and only the
-- owner writes them, so that no environment variable of a command can widen them. A dump includes them.
COMMENT ON TABLE redaction.approvals IS :limits
