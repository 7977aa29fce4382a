-- name: has_place_residue(run_id)
-- Has anything that went from a table beside the activities, of the account of a run and until now, not been erased yet?
SELECT EXISTS (
    SELECT FROM redaction.place_residue p JOIN redaction.runs r ON r.id = :run_id
    WHERE p.erased_at IS NULL AND (p.account_id IS NULL OR p.account_id = r.account_id)
) AS has_residue
