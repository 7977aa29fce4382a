-- name: ledger_clock()
-- Returns the time of the next row of the ledger: now, or that of the row before if the clock was set back since.
SELECT greatest(
    clock_timestamp(), (SELECT written_at FROM redaction.ledger ORDER BY position DESC LIMIT 1)
) AS now
