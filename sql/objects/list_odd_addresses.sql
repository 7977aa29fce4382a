-- name: list_odd_addresses()
-- Returns the addresses, of whichever accounts, that no look-up finds as they are recorded: what is spelled oddly, and what
-- came since they were read last.
SELECT o.id, o.account_id, o.address FROM tracking.objects o WHERE NOT o.canonical
