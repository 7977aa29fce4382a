-- name: record_validation(run_id, by_kind, rows, expectations, foreign_contacts, undecided_texts)
-- Records with a run that its validation passed, and its counts: rows by kind, kept expectations, rows with a foreign
-- number or address, and their texts.
UPDATE redaction.runs
SET by_kind = CAST(:by_kind AS jsonb),
    validation = jsonb_build_object(
        'rows', CAST(:rows AS bigint), 'expectations', CAST(:expectations AS bigint),
        'foreign_contacts', CAST(:foreign_contacts AS bigint), 'undecided_texts', CAST(:undecided_texts AS bigint)
    )
WHERE id = :run_id
