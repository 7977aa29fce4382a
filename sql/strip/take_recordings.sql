-- name: take_recordings(run_id, partition_name, most)
-- Takes the recordings of up to `most` activities of a partition, by the clock of a run; see `redaction.take_recordings`.
SELECT redaction.take_recordings(:run_id, :partition_name, :most) AS taken
