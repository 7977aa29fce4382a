-- name: set_local(name, value)
-- Sets a setting for this transaction.
SELECT set_config(:name, :value, true)
