-- name: keep_day(day, accounts, late_accounts, overdue)
-- Records the state of a day: the worst that any look at it has found.
INSERT INTO redaction.daily_state AS s (day, accounts, late_accounts, overdue)
VALUES (:day, :accounts, :late_accounts, :overdue)
ON CONFLICT (day) DO UPDATE SET
    accounts = greatest(s.accounts, EXCLUDED.accounts), late_accounts = greatest(s.late_accounts, EXCLUDED.late_accounts),
    overdue = greatest(s.overdue, EXCLUDED.overdue), looked_at = clock_timestamp()
