-- name: list_as_residue(partition_name, rows)
-- Lists a partition in whose new files a value was found that should be gone.
INSERT INTO redaction.residue (partition_name, rows) VALUES (:partition_name, :rows)
ON CONFLICT (partition_name) DO NOTHING
