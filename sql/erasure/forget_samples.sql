-- name: forget_samples()
-- Takes the planner's samples of personal columns away; returns how many the login may not take away.
SELECT redaction.forget_samples() AS samples
