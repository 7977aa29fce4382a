-- name: record_limits(limits)
-- Keeps the limits of the guard (`limits: ` and JSON) where every process of the deployment reads them, and only the owner
-- writes: no command can be given wider ones by the environment of the person who types it. A dump carries them along.
COMMENT ON TABLE redaction.approvals IS :limits
