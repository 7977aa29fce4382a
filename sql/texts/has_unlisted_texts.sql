-- name: has_unlisted_texts(account_id, digests)
-- Says whether an account has texts that wait for a decision, or that somebody has decided to keep, other than some.
SELECT EXISTS (
    SELECT FROM redaction.undecided_texts u
    WHERE u.account_id = :account_id AND u.digest <> ALL(CAST(:digests AS bytea[]))
) OR EXISTS (
    SELECT FROM redaction.text_decisions d
    WHERE d.account_id = :account_id AND d.decision = 'keep' AND d.digest <> ALL(CAST(:digests AS bytea[]))
) AS found
