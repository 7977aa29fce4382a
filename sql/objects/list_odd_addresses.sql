-- name: list_odd_addresses()
-- Returns the addresses, of all accounts, that no look-up finds as they are recorded: odd spellings, and addresses that
-- arrived since the last reading.
SELECT o.id, o.account_id, o.address FROM tracking.objects o WHERE NOT o.canonical
