-- name: record_late_objects()
-- Records the staged addresses of redacted activities that were sent with more of them than are known, each once and
-- due; see `tracking.record_late_objects`. Returns their number.
SELECT tracking.record_late_objects(array_agg(account_id), array_agg(activity_id), array_agg(address)) AS late
FROM staged_late_objects
