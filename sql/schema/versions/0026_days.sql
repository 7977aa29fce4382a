-- name: 0026_days()
-- How many accounts were late on each day; searches and recordings among what people have looked at; its rows by their age.

-- The worst that `retention_watch` has seen of a day (UTC). A day without a row is one on which nobody looked.
CREATE TABLE redaction.daily_state (
    day date PRIMARY KEY,
    accounts integer NOT NULL,
    late_accounts integer NOT NULL,
    overdue bigint NOT NULL,
    looked_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
GRANT SELECT, INSERT, UPDATE ON redaction.daily_state TO redaction_worker;

ALTER TABLE redaction.view_log DROP CONSTRAINT view_log_page, ADD CONSTRAINT view_log_page
    CHECK (page IN ('calls', 'texts', 'contact', 'activity', 'names', 'search', 'recording'));
CREATE INDEX view_log_viewed ON redaction.view_log (viewed_at);
