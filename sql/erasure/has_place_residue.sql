-- name: has_place_residue(run_id)
-- Says whether anything that was removed until now from other tables, of the account of a run, is not erased yet.
SELECT EXISTS (
    SELECT FROM redaction.place_residue p JOIN redaction.runs r ON r.id = :run_id
    WHERE p.erased_at IS NULL AND (p.account_id IS NULL OR p.account_id = r.account_id)
) AS has_residue
