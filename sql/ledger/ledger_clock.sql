-- name: ledger_clock()
-- Returns the time of the next ledger row: now, or that of the last row if the clock was set back since.
SELECT greatest(
    clock_timestamp(), (SELECT written_at FROM redaction.ledger ORDER BY position DESC LIMIT 1)
) AS now
