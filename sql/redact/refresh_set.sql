-- name: refresh_set(run_id)
-- Brings the times of a run's set up to date, of rows whose time was corrected while the set was being fixed.
UPDATE redaction.run_activities r
SET called_at = i.called_at
FROM tracking.activity_identity i
WHERE r.run_id = :run_id AND i.account_id = r.account_id AND i.id = r.activity_id AND i.called_at <> r.called_at
