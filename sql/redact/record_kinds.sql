-- name: record_kinds(run_id, by_kind)
-- Keeps with a run how many of its rows are of each kind, as its validation has counted them.
UPDATE redaction.runs SET by_kind = CAST(:by_kind AS jsonb) WHERE id = :run_id
