-- name: runs_to_grade()
-- Returns the finished runs that may have reached a higher level since they were last checked.
SELECT id FROM redaction.runs WHERE state = 'succeeded' AND erasure_level IN ('L0', 'L1', 'L2', 'L3') ORDER BY id
