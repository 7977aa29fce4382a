-- name: forget_residue(partition_name)
-- Takes a partition that is no more from the list.
DELETE FROM redaction.residue r
WHERE r.partition_name = :partition_name AND to_regclass(format('tracking.%I', r.partition_name)) IS NULL
