-- name: forget_residue(partition_name)
-- Removes a partition that no longer exists from the list.
DELETE FROM redaction.residue r
WHERE r.partition_name = :partition_name AND to_regclass(format('tracking.%I', r.partition_name)) IS NULL
