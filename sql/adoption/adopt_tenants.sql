-- name: adopt_tenants()
-- Takes over the agencies and accounts of the earlier schema that are not there yet; returns the accounts that activities
-- name and that nobody knows, some of them.
SELECT redaction.adopt_tenants() AS unknown
