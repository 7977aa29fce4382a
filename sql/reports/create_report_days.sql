-- name: create_report_days()
-- Makes the table of the days that this transaction counts anew; it goes with the transaction. The bounds of a day are
-- three hours wide of it, for zones whose midnight is skipped or comes twice; the date decides. What is `given` is
-- counted by another connection.
CREATE TEMPORARY TABLE report_days (
    day date PRIMARY KEY, start_at timestamptz, end_at timestamptz, contacts_only boolean NOT NULL DEFAULT false,
    given boolean NOT NULL DEFAULT false
) ON COMMIT DROP
