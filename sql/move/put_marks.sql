-- name: put_marks()
-- Gives the activities of an arriving account their marks.
WITH reported AS (
    INSERT INTO tracking.redacted_at_source (account_id, activity_id, reported_at)
    SELECT account_id, activity_id, at FROM pg_temp.marks WHERE by_source
)
INSERT INTO tracking.future_activities (account_id, activity_id, loaded_at)
SELECT account_id, activity_id, at FROM pg_temp.marks WHERE NOT by_source
