-- name: statistics()
-- When pg_statistic was last rewritten with no sample of a personal column in it, neither living nor dead: what was
-- stripped before is in none of its files.
CREATE TABLE redaction.statistics_rewrites (
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    lsn pg_lsn NOT NULL
);
GRANT SELECT ON redaction.statistics_rewrites TO redaction_worker;

-- Beside the activities these hold personal values, until they are rebuilt or deleted.
ALTER TABLE reporting.tags ALTER COLUMN tag SET STATISTICS 0;
ALTER TABLE redaction.recordings_due ALTER COLUMN url SET STATISTICS 0;

-- What is done by functions of other names now.
DROP FUNCTION IF EXISTS redaction.refresh_statistics(text), redaction.shared_columns(text), redaction.adopt_tenants(),
    redaction.adopt_batch(integer, text), redaction.days_to_adopt(tid[]), redaction.drop_adopted();
