-- name: runs_to_grade()
-- Returns the runs that are over and may have reached a higher level since they were last looked at.
SELECT id FROM redaction.runs WHERE state = 'succeeded' AND erasure_level IN ('L0', 'L1', 'L2', 'L3') ORDER BY id
