-- name: create_report_days()
-- Makes the table of the days that this transaction counts anew; it goes with the transaction.
CREATE TEMPORARY TABLE report_days (day date PRIMARY KEY, start_at timestamptz, end_at timestamptz) ON COMMIT DROP
