-- name: forget_samples()
-- Removes the planner's samples of personal columns; returns how many the login may not remove.
SELECT redaction.forget_samples() AS samples
