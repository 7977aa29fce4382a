-- name: record_statistics_rewrite(lsn)
-- Records that what was stripped before this position of the log is in no file of the planner's statistics.
INSERT INTO redaction.statistics_rewrites (lsn) VALUES (CAST(:lsn AS pg_lsn))
