-- name: create_report_rows(account_id)
-- Reads the activities of the collected days once, with their local day and hour and only what the reports count. The
-- bounds of a day are three hours wide of it, for zones whose midnight is skipped or comes twice; the date decides.
CREATE TEMPORARY TABLE report_rows ON COMMIT DROP AS
SELECT d.day, extract(hour FROM a.called_at AT TIME ZONE t.timezone)::smallint AS hour, a.kind,
       a.source_id, a.source, a.tracking_number, a.tracking_label, a.status, a.call_path,
       a.redacted_at IS NOT NULL AS redacted, a.visitor IS NOT NULL AS has_visitor,
       a.visitor ->> 'visitor_sid' AS visitor_sid, a.tags
FROM report_days d
JOIN tracking.accounts t ON t.id = :account_id
JOIN tracking.activities a ON a.account_id = :account_id
    AND a.called_at >= d.start_at AND a.called_at < d.end_at
    AND (a.called_at AT TIME ZONE t.timezone)::date = d.day
