-- name: create_report_days()
-- Creates the temporary table of the days that this transaction counts; its transaction drops it. The bounds of a day
-- are three hours wide, for zones whose midnight is skipped or comes twice; the date decides. Another connection counts
-- what is `given`.
CREATE TEMPORARY TABLE report_days (
    day date PRIMARY KEY, start_at timestamptz, end_at timestamptz, contacts_only boolean NOT NULL DEFAULT false,
    given boolean NOT NULL DEFAULT false
) ON COMMIT DROP
