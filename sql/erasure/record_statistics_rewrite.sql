-- name: record_statistics_rewrite(lsn)
-- Records that values stripped before this position of the log are in no file of the planner's statistics.
INSERT INTO redaction.statistics_rewrites (lsn) VALUES (CAST(:lsn AS pg_lsn))
