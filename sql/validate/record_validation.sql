-- name: record_validation(run_id, by_kind, rows, expectations, foreign_contacts, undecided_texts)
-- Keeps with a run that its validation passed, and what that has counted: its rows by their kind, expectations met, rows
-- with a foreign number or address, the texts which these are.
UPDATE redaction.runs
SET by_kind = CAST(:by_kind AS jsonb),
    validation = jsonb_build_object(
        'rows', CAST(:rows AS bigint), 'expectations', CAST(:expectations AS bigint),
        'foreign_contacts', CAST(:foreign_contacts AS bigint), 'undecided_texts', CAST(:undecided_texts AS bigint)
    )
WHERE id = :run_id
