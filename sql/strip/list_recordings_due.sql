-- name: list_recordings_due(account_id, cutoff, recordings_cutoff)
-- Returns the partitions in which an account has recordings that are due between two instants and not held, and the
-- number of activities.
SELECT partition_name, due FROM redaction.list_recordings_due(:account_id, :cutoff, :recordings_cutoff) ORDER BY 1
