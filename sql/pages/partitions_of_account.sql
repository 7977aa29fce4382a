-- name: partitions_of_account(account_id)
-- Returns the partitions whose files hold values that runs of an account have stripped in place since their last
-- rewrite, and the other tables whose files hold removed values of the account.
SELECT s.partition_name
FROM redaction.residue s
WHERE EXISTS (
    SELECT FROM redaction.run_partitions p JOIN redaction.runs r ON r.id = p.run_id
    WHERE p.partition_name = s.partition_name AND r.account_id = :account_id AND p.mode = 'update'
      -- A strip is recorded a moment before its partition is listed.
      AND p.at >= s.since - interval '1 second'
)
UNION
SELECT p.place FROM redaction.place_residue p
WHERE p.erased_at IS NULL AND (p.account_id = :account_id OR p.account_id IS NULL)
ORDER BY partition_name
