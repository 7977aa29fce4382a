-- name: temporary_files()
-- Returns the temporary files of running statements, in every tablespace of this version, shared ones too.
SELECT path, size FROM redaction.list_temporary_files()
